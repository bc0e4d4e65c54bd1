"""Short-time Fourier transform and its inverse, composed as PyTorch composes them."""

from __future__ import annotations

import numpy as np

from ..core.warn import warn
from . import kinds
from .namespaces import T as traced
from .registry import composite

_LEAKAGE = (
    "A window was not provided. A rectangular window will be applied,which is known to cause "
    "spectral leakage. Other windows such as torch.hann_window or torch.hamming_window are "
    "recommended to reduce spectral leakage.To suppress this warning and use a rectangular window, "
    "explicitly set `window=torch.ones(n_fft, device=<device>)`."
)
_LOSSLESS = (
    "A window was not provided. A rectangular window will be applied.Please provide the same "
    "window used by stft to make the inversion lossless.To suppress this warning and use a "
    "rectangular window, explicitly set `window=torch.ones(n_fft, device=<device>)`."
)


def _kind(tensor):
    return f"torch.{tensor.dtype.tensor_name}[{', '.join(str(n) for n in tensor.shape)}]"


def _window_text(window):
    return (
        "None"
        if window is None
        else f"torch.{window.dtype.tensor_name}"
        + "{["
        + ", ".join(str(n) for n in window.shape)
        + "]}"
    )


def _centred(window, n_fft, win_length, like):
    """Return a window of `n_fft` points, zeros at both sides."""
    left = (n_fft - win_length) // 2
    if window is None:
        array = np.zeros(n_fft, like._array.real.dtype)
        array[left : left + win_length] = 1
        return traced.constant(array)
    if win_length == n_fft:
        return window
    return traced.constant_pad(window, (left, n_fft - win_length - left))


@composite(methods="stft", functions="stft")
def stft(
    self, n_fft, hop_length=None, win_length=None, window=None, center=True, pad_mode="reflect",
    normalized=False, onesided=None, return_complex=None, align_to_window=None,
):  # fmt: skip
    """Transform overlapping pieces of a signal.

    Parameters
    ----------
    self : Tensor of shape (length,) or (batch, length)
        The signal.
    n_fft : int
        Length of a piece.
    hop_length : int, optional
        From one piece to the next; ``n_fft // 4`` by default.
    win_length : int, optional
        Length of the window; `n_fft` by default.
    window : Tensor of shape (win_length,), optional
        What each piece is multiplied with.
    center : bool, default True
        Put each piece's middle, not its beginning, at its place.
    pad_mode : str, default "reflect"
        How to continue the signal at its ends then.
    normalized : bool, default False
        Scale by one over the root of `n_fft`.
    onesided : bool, optional
        Leave out the half that follows by symmetry; by default for real signals.
    return_complex : bool
        Return complex numbers rather than pairs.
    align_to_window : bool, optional
        Accepted.

    Returns
    -------
    Tensor
        Shape (batch, frequencies, pieces).

    Raises
    ------
    RuntimeError
        If the sizes do not fit.
    """
    signal = self
    if window is None:
        warn(_LEAKAGE)
    hop = n_fft // 4 if hop_length is None else hop_length
    length = n_fft if win_length is None else win_length
    is_complex = signal._array.dtype.kind == "c"
    if return_complex is None and not (
        is_complex or (window is not None and window._array.dtype.kind == "c")
    ):
        raise RuntimeError(
            "stft requires the return_complex parameter be given for real inputs, and will further "
            "require that return_complex=True in a future PyTorch release."
        )
    if return_complex is False:
        warn(
            "stft with return_complex=False is deprecated. In a future pytorch release, stft will "
            "return complex tensors for all inputs, and return_complex=False will raise an error.\n"
            "Note: you can still call torch.view_as_real on the complex output to recover the old "
            "return format.",
        )
    if center:
        shape = signal.shape
        extended = signal.view((1,) * (3 - signal.ndim) + tuple(shape))
        half = n_fft // 2
        extended = traced.pad(extended, (half, half), pad_mode)
        signal = extended.view((*shape[:-1], extended.shape[-1]))

    def refuse(reason):
        one = "None" if onesided is None else int(onesided)
        back = "None" if return_complex is None else int(return_complex)
        raise RuntimeError(
            f"stft({_kind(signal)}, n_fft={n_fft}, hop_length={hop}, win_length={length}, "
            f"window={_window_text(window)}, normalized={int(normalized)}, onesided={one}, "
            f"return_complex={back}, align_to_window=None) : {reason}"
        )

    if signal._array.dtype.kind not in "fc":
        refuse("expected a tensor of floating point or complex values")
    if signal.ndim not in (1, 2):
        refuse("expected a 1D or 2D tensor")
    batched = signal.ndim == 2
    if not batched:
        signal = signal.unsqueeze(0)
    size = signal.shape[1]
    if not 0 < n_fft <= size:
        refuse(f"expected 0 < n_fft < {size}, but got n_fft={n_fft}")
    if hop <= 0:
        refuse(f"expected hop_length > 0, but got hop_length={hop}")
    if not 0 < length <= n_fft:
        refuse(f"expected 0 < win_length <= n_fft, but got win_length={length}")
    if window is not None and tuple(window.shape) != (length,):
        refuse(
            f"expected a 1D window tensor of size equal to win_length={length}, but got window "
            f"with size {list(window.shape)}"
        )
    frames = 1 + (size - n_fft) // hop
    steps = signal.stride()
    pieces = traced.as_strided(
        signal, (signal.shape[0], frames, n_fft), (steps[0], hop * steps[1], steps[1])
    )
    if window is not None:
        pieces = pieces * _centred(window, n_fft, length, signal)
    elif length < n_fft:
        pieces = pieces * _centred(None, n_fft, length, signal)
    is_complex = pieces._array.dtype.kind == "c"
    if onesided and is_complex:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    mode = int(normalized)
    if is_complex:
        found = traced.fft_c2c(pieces, (2,), mode, True)
    else:
        found = traced.fft_r2c(pieces, (2,), mode, onesided is None or bool(onesided))
    found = found.transpose_(1, 2)
    if not batched:
        found = found.squeeze_(0)
    return found if return_complex or return_complex is None else traced.view_as_real(found)


@composite(methods="istft", functions="istft")
def istft(
    self, n_fft, hop_length=None, win_length=None, window=None, center=True, normalized=False,
    onesided=None, length=None, return_complex=False,
):  # fmt: skip
    """Inverse of `stft`: the signal whose pieces have these transforms, in the mean.

    Parameters
    ----------
    self : Tensor of shape (frequencies, pieces) or (batch, frequencies, pieces)
        Complex.
    n_fft, hop_length, win_length, window, center, normalized, onesided
        As for `stft`.
    length : int, optional
        Length of the signal.
    return_complex : bool, default False
        Whether the signal was complex.

    Returns
    -------
    Tensor
        Shape (length,) or (batch, length).

    Raises
    ------
    RuntimeError
        If the sizes do not fit, or the windows leave a gap.
    """
    if window is None:
        warn(_LOSSLESS)
    hop = n_fft // 4 if hop_length is None else hop_length
    width = n_fft if win_length is None else win_length
    spectrum = self
    if spectrum._array.dtype.kind != "c":
        raise RuntimeError(
            "istft requires a complex-valued input tensor matching the output from stft with "
            "return_complex=True."
        )
    shape = ", ".join(str(n) for n in spectrum.shape)
    name = kinds.scalar_type(spectrum._array)
    texts = ["None" if v is None else int(v) for v in (onesided, length)]
    head = (
        f"istft(CPU{name}Type[{shape}], n_fft={n_fft}, hop_length={hop}, win_length={width}, "
        f"window={_window_text(window)}, center={int(center)}, normalized={int(normalized)}, "
        f"onesided={texts[0]}, length={texts[1]}, return_complex={int(return_complex)}) "
    )
    if spectrum.numel() == 0:
        raise RuntimeError(f"{head}: input tensor cannot be empty.")
    if spectrum.ndim not in (2, 3):
        raise RuntimeError(
            f"{head}: expected a tensor with 3 or 4 dimensions, but got {spectrum.ndim + 1}"
        )
    pairs = traced.view_as_real(spectrum)
    batched = spectrum.ndim == 3
    if not batched:
        pairs = pairs.unsqueeze(0)
    pairs = pairs.transpose(1, 2)
    one_sided = onesided if onesided is not None else pairs.shape[2] != n_fft
    wanted = n_fft // 2 + 1 if one_sided else n_fft
    if pairs.shape[2] != wanted:
        relation = "n_fft / 2 + 1" if one_sided else "n_fft"
        raise RuntimeError(
            f"{head}: expected the frequency dimension (3rd to the last) of the input tensor to "
            f"match {relation} when onesided={'True' if one_sided else 'False'}, but got "
            f"{pairs.shape[2]}"
        )
    if not 0 < hop <= width:
        raise RuntimeError(f"{head}: expected 0 < hop_length <= win_length")
    if not 0 < width <= n_fft:
        raise RuntimeError(f"{head}: expected 0 < win_length <= n_fft")
    if window is not None and tuple(window.shape) != (width,):
        raise RuntimeError(
            f"{head}: Invalid window shape. window has to be 1D and length of `win_length`"
        )
    weights = _centred(window, n_fft, width, spectrum)
    values = traced.view_as_complex(pairs)
    mode = 1 if normalized else 2
    if return_complex:
        frames = traced.fft_c2c(values, (2,), mode, False)
    else:
        if not one_sided:
            values = traced.slice_(values, 2, 0, n_fft // 2 + 1)
        frames = traced.fft_c2r(values, (2,), mode, n_fft)
    count = frames.shape[1]
    total = n_fft + hop * (count - 1)
    frames = frames * weights.view((1, 1, n_fft))
    whole = (frames.shape[0], total)
    signal = traced.unfold_backward(frames, whole, 1, n_fft, hop)
    squares = (weights * weights).view((1, 1, n_fft)).expand((1, count, n_fft))
    envelope = traced.unfold_backward(squares, (1, total), 1, n_fft, hop)
    start = n_fft // 2 if center else 0
    if length is not None:
        end = start + length
    else:
        end = total - n_fft // 2 if center else total
    signal = traced.slice_(signal, 1, start, min(end, total))
    envelope = traced.slice_(envelope, 1, start, min(end, total))
    smallest = float(np.abs(envelope._array).min()) if envelope.numel() else 1.0
    if smallest <= 1e-11:
        raise RuntimeError(f"{head}window overlap add min: 1\n[ CPUBoolType{{}} ]")
    signal = signal / envelope
    if end > total:
        warn(
            "The length of signal is shorter than the length parameter. Result is being padded "
            "with zeros in the tail. Please check your center and hop_length settings.",
        )
        signal = traced.constant_pad(signal, (0, end - total))
    return signal if batched else signal.squeeze(0)
