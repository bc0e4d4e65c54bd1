"""Columns of a matrix added to windows of planes: see Note [Compiled loops].

What `columns[i, k, r, j]` stands for lies at ``first[i] + reach[k] + starts[r] + j * step``:
the beginning of a plane, the place in the kernel, the row of places, and the place in the row.
"""

from .compiling import loop


@loop(reordered=False)
def add_windows(memory, first, reach, starts, step, columns):
    """Add the columns where their windows lie in flat memory."""
    width = columns.shape[3]
    for i in range(first.size):
        for k in range(reach.size):
            for r in range(starts.size):
                begin = first[i] + reach[k] + starts[r]
                column = columns[i, k, r]
                if step == 1:
                    row = memory[begin : begin + width]
                    for j in range(row.size):
                        row[j] += column[j]
                else:
                    strided = memory[begin::step]
                    for j in range(column.size):
                        strided[j] += column[j]
