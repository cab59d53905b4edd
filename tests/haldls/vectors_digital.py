"""Words, addresses and decoded fields of the digital register containers, worked out by hand from the register facts.

`ENCODE` and `DECODE` gather the vectors of all groups. The chip registers are reached in two ways with the same words
at the same addresses, so each of their encodings is listed for both. Within a group the vectors of one container are
the defaults, distinctive values in every field, the largest values, and patterns which tell equally wide fields apart.
"""

from dataclasses import replace

from . import vectors_digital_board, vectors_digital_chip, vectors_digital_fpga, vectors_digital_link

_GROUPS = (vectors_digital_chip, vectors_digital_link, vectors_digital_fpga, vectors_digital_board)
_OVER_JTAG = "OmnibusChipOverJTAG"

ENCODE = [vector for group in _GROUPS for vector in group.ENCODE]
ENCODE += [replace(vector, backend=_OVER_JTAG) for vector in vectors_digital_chip.ENCODE]

DECODE = [vector for group in _GROUPS for vector in group.DECODE]
