"""What notebooks do on their first lines: the same answers, or the same refusals, as PyTorch."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

import autograd_nb as ours

torch: Any = pytest.importorskip("torch", reason="PyTorch, the reference, is not installed")

EXPRESSIONS = """
torch.device('cpu')
torch.device('cpu', 0)
torch.device('cuda')
torch.device('cuda:1')
torch.device('foo')
torch.device('cpu:0') == torch.device('cpu')
torch.device('cpu') == 'cpu'
torch.device(0)
torch.device('mps')
torch.device('cuda:x')
torch.device('cuda:-1')
torch.device('cpu:0', 1)
torch.device('')
torch.device()
torch.device(type='cuda', index=0)
torch.device(torch.device('cuda:1'))
{torch.device('cpu'): 1}[torch.device('cpu')]
str(torch.device('cuda:1'))
torch.ones(1, device='cuda')
torch.ones(1, device='mps')
torch.ones(1, device='foo')
torch.ones(1).to('cuda:0')
torch.ones(1).cuda()
torch.ones(1).to(torch.device('cpu'), torch.float64)
torch.ones(1).to(0)
torch.ones(1).device
torch.ones(1).is_cuda
torch.ones(1).is_cpu
torch.finfo(torch.float32)
torch.finfo(torch.float64)
torch.finfo(torch.float16)
torch.finfo(torch.complex64)
torch.finfo()
torch.finfo(torch.int32)
torch.finfo('float32')
torch.finfo(torch.float32).bits
torch.finfo(torch.float32).resolution
torch.finfo(torch.float64).eps
torch.finfo(torch.float64).smallest_normal
torch.finfo(torch.float32).dtype
torch.finfo(torch.float64) == torch.finfo(torch.float64)
torch.iinfo(torch.int64)
torch.iinfo(torch.uint8)
torch.iinfo(torch.int16).max
torch.iinfo(torch.float32)
torch.iinfo(torch.bool)
torch.strided
torch.preserve_format
torch.channels_last
type(torch.strided).__name__
torch.zeros(2).layout
torch.zeros(2).layout is torch.strided
torch.ones(2, 3).clone(memory_format=torch.contiguous_format)
torch.cuda.is_available()
torch.cuda.device_count()
torch.cuda.is_initialized()
torch.cuda.current_device()
torch.cuda.get_device_name()
torch.cuda.get_device_name(0)
torch.cuda.get_device_properties(0)
torch.cuda.get_device_capability()
torch.cuda.set_device('cpu')
torch.cuda.set_device(-1)
torch.cuda.synchronize()
torch.cuda.empty_cache()
torch.cuda.memory_allocated()
torch.cuda.max_memory_allocated()
torch.cuda.memory_reserved()
torch.cuda.memory_stats()
torch.cuda.manual_seed(0)
torch.cuda.manual_seed_all(0)
torch.cuda.get_arch_list()
torch.cuda.get_rng_state()
torch.cuda.get_rng_state_all()
torch.cuda.Event(enable_timing=True)
torch.cuda.Stream()
torch.cuda.FloatTensor([1])
torch.cuda.device(0).__enter__()
torch.cuda.is_bf16_supported()
torch.cuda.memory_cached()
torch.accelerator.current_accelerator()
torch.accelerator.is_available()
torch.accelerator.device_count()
torch.accelerator.current_device_index()
torch.accelerator.synchronize()
torch.accelerator.set_device_index(0)
torch.backends.cudnn.enabled
torch.backends.cudnn.benchmark
torch.backends.cudnn.deterministic
torch.backends.cudnn.is_available()
torch.backends.cudnn.version()
torch.backends.mps.is_available()
torch.backends.mps.is_built()
torch.backends.cuda.is_built()
torch.backends.cuda.matmul.allow_tf32
torch.backends.cuda.flash_sdp_enabled()
torch.backends.opt_einsum.is_available()
torch.cpu.is_available()
torch.cpu.device_count()
torch.mps.is_available()
torch.xpu.is_available()
torch.get_num_threads() > 0
torch.set_num_threads(0)
torch.set_num_threads(1.5)
torch.set_float32_matmul_precision('foo')
torch.get_float32_matmul_precision()
torch.are_deterministic_algorithms_enabled()
torch.get_deterministic_debug_mode()
torch.set_deterministic_debug_mode('foo')
torch.is_storage(1)
torch.typename(torch.ones(2))
torch.typename(torch.ones(2, dtype=torch.int64))
torch.typename([1])
torch.typename(1)
torch.get_default_device()
torch.xyz
torch.ones(2).xyz
torch.Tensor.xyz
torch.cuda.xyz
torch.version.cuda
torch.version.hip
torch.__version__.split('+')[0]
torch.is_autocast_enabled()
torch.amp.GradScaler('cuda').is_enabled()
torch.amp.GradScaler('cuda').get_scale()
torch.amp.GradScaler('cuda').scale(torch.ones(1))
torch.amp.GradScaler('cpu').scale(torch.ones(1))
torch.cuda.amp.GradScaler().state_dict()
torch.cuda.is_xyz
torch.nn.Xyz
torch.nn.functional.xyz
torch.linalg.xyz
torch.optim.Xyz
torch.special.xyz
torch.distributions.Xyz
torch.nn.Parameter(torch.ones(1)).xyz
torch.backends.cudnn.xyz
torch.autocast(3)
torch.get_device_module('cpu').__name__.split('.')[-1]
""".strip().splitlines()


def answer(library: Any, expression: str) -> tuple[str, ...]:
    """The printed value and the warnings, or the error's class and first line."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            shown = (repr(eval(expression, {"torch": library})),)
        except Exception as error:
            shown = (type(error).__name__, str(error).split("\n")[0][:75])
    return (*shown, *(f"{w.category.__name__}: {str(w.message)[:60]}" for w in said))


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_answers_as_a_build_of_pytorch_without_gpu(expression: str) -> None:
    assert answer(ours, expression) == answer(torch, expression)


@pytest.mark.parametrize(
    "program",
    [
        "torch.set_default_device('cuda')\ntorch.zeros(1)",
        "torch.set_default_device('cpu')\nprint(torch.zeros(1).device)",
        "with torch.device('cpu'):\n    print(torch.ones(2))",
        "with torch.device('cuda'):\n    torch.ones(2)",
        "torch.set_num_threads(1)\nprint(torch.get_num_threads())",
        "torch.use_deterministic_algorithms(True)\n"
        "print(torch.are_deterministic_algorithms_enabled())\n"
        "torch.use_deterministic_algorithms(False)",
        "torch.set_float32_matmul_precision('high')\n"
        "print(torch.get_float32_matmul_precision())\n"
        "torch.set_float32_matmul_precision('highest')",
        "torch.set_default_tensor_type('torch.DoubleTensor')\nprint(torch.ones(1).dtype)\n"
        "torch.set_default_tensor_type(torch.FloatTensor)",
        "torch.set_default_tensor_type(torch.IntTensor)",
        "torch.set_default_tensor_type('torch.cuda.FloatTensor')",
        "torch.backends.cudnn.deterministic = True\nprint(torch.backends.cudnn.deterministic)\n"
        "torch.backends.cudnn.deterministic = False",
        "with torch.backends.cudnn.flags(enabled=False, benchmark=True):\n"
        "    print(torch.backends.cudnn.benchmark)\nprint(torch.backends.cudnn.benchmark)",
        "import copy, pickle\nprint(pickle.loads(pickle.dumps(torch.device('cuda:1'))))\n"
        "print(copy.deepcopy(torch.strided) is torch.strided)",
        "@torch.autocast('cpu', enabled=False)\ndef f(x):\n    return x\nprint(f(torch.ones(1)))",
        "device = 'cuda' if torch.cuda.is_available() else 'cpu'\n"
        "print(torch.ones(2).to(device, non_blocking=True))",
        "device = (torch.accelerator.current_accelerator().type\n"
        "          if torch.accelerator.is_available() else 'cpu')\nprint(device)",
    ],
)
def test_switches_do_as_pytorchs(program: str, capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = []
    for library in (ours, torch):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                exec(program, {"torch": library})
                raised = ""
            except Exception as error:
                raised = f"{type(error).__name__}: {error}"[:60]
            finally:
                library.set_default_device(None)
        outcomes.append((raised, capsys.readouterr().out))
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize(
    ("ask", "phrase"),
    [
        (lambda: ours.argmx, "torch.argmax"),
        (lambda: ours.ones(1).backwrd, "Tensor.backward"),
        (lambda: ours.nn.Liner, "torch.nn.Linear"),
        (lambda: ours.onnx, "PyTorch itself"),
        (lambda: ours.ones(1).to_sparse, "dense"),
        (lambda: ours.zzzzz, "PyTorch itself"),
        (lambda: ours.ones(1, device="cuda"), "the same magics"),
        (lambda: ours.cuda.get_device_name(), "the same magics"),
    ],
)
def test_a_note_leads_on_from_what_is_missing(ask: Any, phrase: str) -> None:
    with pytest.raises((AttributeError, AssertionError)) as caught:
        ask()
    assert phrase in "\n".join(caught.value.__notes__)


def test_bfloat16_can_be_asked_for_but_not_held() -> None:
    assert ours.ones(1).dtype not in (ours.float16, ours.bfloat16)
    assert repr(ours.bfloat16) == repr(torch.bfloat16)
    assert ours.bfloat16.is_floating_point and ours.bfloat16.itemsize == 2
    for ask in (
        lambda: ours.ones(1, dtype=ours.bfloat16),
        lambda: ours.ones(1).to(ours.bfloat16),
        lambda: ours.nn.Linear(1, 1).to(ours.bfloat16),
        lambda: ours.finfo(ours.bfloat16),
    ):
        with pytest.raises(TypeError, match="NumPy has no bfloat16; float16 and float32 are there"):
            ask()


def test_compile_returns_the_function_and_says_so_once() -> None:
    ours.settings._state["said_compile"] = False
    with pytest.warns(UserWarning, match="does not compile"):
        assert ours.compile(len) is len
    assert ours.compile(mode="max-autotune")(len) is len


def test_scaler_skips_a_step_with_an_infinite_gradient() -> None:
    shown = []
    for library in (ours, torch):
        w = library.ones(2, requires_grad=True)
        optimizer = library.optim.SGD([w], lr=0.5)
        scaler = library.amp.GradScaler("cpu", init_scale=4.0, growth_interval=1)
        for factor in (1.0, float("inf"), 2.0):
            optimizer.zero_grad()
            scaler.scale((w * factor).sum()).backward()
            scaler.step(optimizer)
            scaler.update()
            shown.append((library is ours, w.tolist(), scaler.get_scale()))
    assert [s[1:] for s in shown if s[0]] == [s[1:] for s in shown if not s[0]]
