# Splitter of a packed word stream: cuts 64-bit words into messages. Serves both directions.
#
# First message in the most significant bits, no gaps. A word with bit 63 set between messages is a comma word and
# carries nothing; a set bit right behind a message (where a header has 0) says that the rest of its word is empty.

from libc.stdint cimport uint8_t, uint64_t


cdef struct Message:
    # A message cut out of the stream; hi holds payload bits 71..64 of triple packs.
    uint64_t lo
    uint8_t hi
    uint8_t code


cdef struct BitBuffer:
    # Bits received but not yet part of a complete message, left-aligned in word 0, then word 1; unused bits are 0.
    # Two words suffice: sizes are multiples of 16, so at most 64 bits (of an 80-bit message) wait for the next 64.
    uint64_t word[2]
    int n_bits


cdef struct Layout:
    # What the splitter has to know of a dictionary: message size and (low 64 bits of the) payload mask by header.
    int n_instructions
    int message_bits[16]
    uint64_t payload_mask[16]


cdef inline void shift_in(BitBuffer* bits, uint64_t word) noexcept nogil:
    """Append a word to the (at most 64) waiting bits."""
    if bits.n_bits == 0:
        bits.word[0] = word
    elif bits.n_bits == 64:
        bits.word[1] = word
    else:
        bits.word[0] |= word >> bits.n_bits
        bits.word[1] = word << (64 - bits.n_bits)
    bits.n_bits += 64


cdef inline void take(BitBuffer* bits, const Layout* layout, int code, Message* message) noexcept nogil:
    """Remove the first, complete message from the waiting bits."""
    message.code = <uint8_t> code
    if layout.message_bits[code] == 64:
        message.hi = 0
        message.lo = bits.word[0] & layout.payload_mask[code]
        bits.word[0] = bits.word[1]
    else:  # 80 bit: header 8, payload 72
        message.hi = <uint8_t> (bits.word[0] >> 48)
        message.lo = ((bits.word[0] << 16) | (bits.word[1] >> 48)) & layout.payload_mask[code]
        bits.word[0] = bits.word[1] << 16
    bits.word[1] = 0
    bits.n_bits -= layout.message_bits[code]


cdef inline void clear_bits(BitBuffer* bits) noexcept nogil:
    bits.word[0] = bits.word[1] = 0
    bits.n_bits = 0


cdef inline Py_ssize_t split(
    BitBuffer* bits, const Layout* layout, const uint64_t* words, Py_ssize_t n_words, Message* messages,
    Py_ssize_t* n_messages,
) noexcept nogil:
    """Cut words into messages.

    Parameters
    ----------
    bits : bits left over by the previous call, updated
    messages : space for n_words + 1 messages (a message has at least 64 bit)
    n_messages : set to the number of complete messages

    Returns
    -------
    Number of words used: n_words, or the index of the word with an unknown header; that header is then the top byte
    of ``bits.word[0]``.
    """
    cdef BitBuffer local = bits[0]  # kept in registers; through the pointer each step would go to memory
    cdef Py_ssize_t i, count = 0, n_used = n_words
    cdef int code
    for i in range(n_words):
        if local.n_bits == 0 and words[i] >> 63:
            continue  # comma word between messages
        shift_in(&local, words[i])
        while local.n_bits >= 8:
            code = <int> (local.word[0] >> 56)
            if code >= layout.n_instructions:
                n_used = i
                break
            if local.n_bits < layout.message_bits[code]:
                break
            take(&local, layout, code, &messages[count])
            count += 1
            if local.n_bits and local.word[0] >> 63:
                clear_bits(&local)  # flushed: nothing else is in this word
        if n_used < n_words:
            break
    bits[0] = local
    n_messages[0] = count
    return n_used
