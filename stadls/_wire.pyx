# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Message stream from the FPGA: bit-exact decoder with time annotation, and encoder.

Messages from the FPGA are 64 or 80 bit long and packed into 64-bit words without gaps, first message in the most
significant bits. Decoding has two phases which alternate over blocks of words: `split` cuts the words into messages,
``ResponseDecoder.annotate`` gives each message a time and files it by kind. No Python object is made per message.

Times count FPGA cycles of 8 ns and are 43 bit wide.
"""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from stadls._buffer cimport Buffer, grow, release
from stadls._stream cimport BitBuffer, Layout, Message, clear_bits, split

import numpy as np

from stadls.words import DICTIONARIES, Direction, FieldError, UnknownInstructionError, as_field

cdef Py_ssize_t BLOCK = 2048  # words split in one go; their messages stay in the first cache levels

SPIKE_DTYPE = np.dtype([("label", "u2"), ("fpga_time", "u8"), ("chip_time", "u8")])
MADC_SAMPLE_DTYPE = np.dtype([("value", "u2"), ("channel", "u1"), ("fpga_time", "u8"), ("chip_time", "u8")])
OMNIBUS_DTYPE = np.dtype([("data", "u4"), ("fpga_time", "u8")])
JTAG_DTYPE = np.dtype([("data", "u8"), ("fpga_time", "u8")])
LINK_NOTIFICATION_DTYPE = np.dtype([("payload", "u1"), ("fpga_time", "u8")])
TIMEOUT_NOTIFICATION_DTYPE = np.dtype([("payload", "u8"), ("fpga_time", "u8")])

cdef Layout TO_FPGA
cdef Layout FROM_FPGA


cdef int fill_layout(Layout* layout, dictionary) except -1:
    layout.n_instructions = len(dictionary.instructions)
    for code, instruction in enumerate(dictionary.instructions):
        layout.message_bits[code] = dictionary.message_bits(code)
        layout.payload_mask[code] = instruction.payload_mask & 0xffffffffffffffff
    return 0


fill_layout(&TO_FPGA, DICTIONARIES[Direction.TO_FPGA])
fill_layout(&FROM_FPGA, DICTIONARIES[Direction.FROM_FPGA])


class StreamError(RuntimeError):
    """The word stream holds a header that is not in the dictionary.

    Attributes
    ----------
    word_index : index of the word in which the header was completed, counted over all words fed since the last reset
    header : the header
    """

    def __init__(self, word_index, header):
        super().__init__(f"unknown header 0x{header:02x} in word {word_index}")
        self.word_index = word_index
        self.header = header


cdef to_array(Buffer* buffer, dtype):
    """Copy of a buffer as a one-dimensional array of records."""
    array = np.empty(buffer.size // np.dtype(dtype).itemsize, dtype=dtype)
    cdef unsigned char[::1] target
    if buffer.size:
        target = array.view(np.uint8)
        memcpy(&target[0], buffer.data, buffer.size)
    return array


cdef const uint64_t[::1] as_words(words):
    """View of one-dimensional word data; anything but a contiguous uint64 array is checked and copied."""
    if not (isinstance(words, np.ndarray) and words.dtype == np.uint64 and words.ndim == 1):
        words = as_field(words, 64, "word")
    return np.ascontiguousarray(words)


cdef Message* new_messages(Py_ssize_t n_words) except NULL:
    """Space for the messages of one block of a stream of `n_words`."""
    cdef Message* messages = <Message*> malloc((min(n_words, BLOCK) + 1) * sizeof(Message))
    if messages == NULL:
        raise MemoryError("no memory for FPGA messages")
    return messages


def decode_columns(words, direction):
    """Cut a word stream into messages.

    Parameters
    ----------
    words : (n,) uint64
    direction : `stadls.words.Direction` or its value

    Returns
    -------
    codes : (m,) uint8, headers
    payload_lo : (m,) uint64, payload bits 63..0
    payload_hi : (m,) uint64, payload bits 71..64

    Bits of an incomplete message at the end are left out; padding bits are ignored, as the link does.

    Raises
    ------
    StreamError
        A header is not in the dictionary of the direction.
    """
    cdef const Layout* layout = &TO_FPGA if Direction(direction) is Direction.TO_FPGA else &FROM_FPGA
    cdef const uint64_t[::1] view = as_words(words)
    cdef Py_ssize_t n_words = view.shape[0], start = 0, size, used, n_messages, i, total = 0
    cdef uint8_t[::1] codes = np.empty(n_words, dtype=np.uint8)
    cdef uint64_t[::1] lo = np.empty(n_words, dtype=np.uint64)
    cdef uint64_t[::1] hi = np.empty(n_words, dtype=np.uint64)
    cdef BitBuffer bits
    cdef Message* messages = new_messages(n_words)
    clear_bits(&bits)
    try:
        while start < n_words:
            size = min(BLOCK, n_words - start)
            used = split(&bits, layout, &view[start], size, messages, &n_messages)
            if used < size:
                raise StreamError(start + used, bits.word[0] >> 56)
            for i in range(n_messages):
                codes[total + i], lo[total + i], hi[total + i] = messages[i].code, messages[i].lo, messages[i].hi
            total += n_messages
            start += size
    finally:
        free(messages)
    return np.array(codes[:total]), np.array(lo[:total]), np.array(hi[:total])


def decode_messages(words, direction):
    """Messages of a word stream as a list of ``(code, payload)``; see `decode_columns`."""
    columns = [column.tolist() for column in decode_columns(words, direction)]
    return [(code, hi << 64 | lo) for code, lo, hi in zip(*columns)]


# ---------------------------------------------------------------------------------------------- messages -> results
cdef class ResponseDecoder:
    """Decoder of one program's responses.

    `feed` takes the words in any chunks. Each message advances the time by one cycle; Systime sets it and Sysdelta
    adds to it, so without them times just count messages from 1. The results are properties; each access copies.
    """

    def __dealloc__(self):
        release(&self._jtag)
        release(&self._omnibus)
        release(&self._loopback)
        release(&self._spikes)
        release(&self._samples)
        release(&self._links)
        release(&self._timeouts)

    def feed(self, words):
        """Decode more words.

        Parameters
        ----------
        words : (n,) uint64

        Raises
        ------
        StreamError
            Unknown header. Everything before it is decoded, the rest of its word and all later ones are not; the
            next word fed starts a new message.
        """
        cdef const uint64_t[::1] view = as_words(words)
        cdef Py_ssize_t n_words = view.shape[0], start = 0, size, used, n_messages
        cdef uint64_t first = self._n_words, header
        cdef Message* messages = new_messages(n_words)
        try:
            with nogil:
                while start < n_words:
                    size = min(BLOCK, n_words - start)
                    used = split(&self._bits, &FROM_FPGA, &view[start], size, messages, &n_messages)
                    self._n_words = first + start + min(used + 1, size)
                    self.annotate(messages, n_messages)
                    if used < size:
                        header = self._bits.word[0] >> 56
                        clear_bits(&self._bits)
                        with gil:
                            raise StreamError(first + start + used, header)
                    start += size
        finally:
            free(messages)

    cdef int annotate(self, const Message* messages, Py_ssize_t n) except -1 nogil:
        """Advance the time over messages and file those that carry data."""
        cdef uint64_t time = self._time
        cdef Py_ssize_t i
        for i in range(n):
            time = wrap_time(time + 1)
            if messages[i].code == SYSDELTA:
                time = wrap_time(time + messages[i].lo)
            elif messages[i].code == SYSTIME:
                time = messages[i].lo
            else:
                self._time = time
                self.file(&messages[i])
        self._time = time
        self._n_messages += n
        return 0

    cdef inline int file(self, const Message* message) except -1 nogil:
        """Append a message, received at the present time, to the results of its kind."""
        cdef Response8* link
        cdef Response32* word
        cdef Response64* wide
        cdef int code = message.code
        if SPIKE_PACK_1 <= code <= SPIKE_PACK_3:
            self.push_spikes(message, code - SPIKE_PACK_1 + 1)
        elif MADC_PACK_1 <= code <= MADC_PACK_3:
            self.push_samples(message, code - MADC_PACK_1 + 1)
        elif code == OMNIBUS_DATA:
            word = <Response32*> grow(&self._omnibus, sizeof(Response32))
            word.data, word.fpga_time = <uint32_t> message.lo, self._time
        elif code == LOOPBACK:
            if message.lo:
                (<uint64_t*> grow(&self._loopback, sizeof(uint64_t)))[0] = self._time
            else:
                self._halted = True
        elif code == LINK_NOTIFICATION:
            link = <Response8*> grow(&self._links, sizeof(Response8))
            link.data, link.fpga_time = <uint8_t> message.lo, self._time
        else:
            wide = <Response64*> grow(&self._jtag if code == JTAG_DATA else &self._timeouts, sizeof(Response64))
            wide.data, wide.fpga_time = message.lo, self._time
        return 0

    cdef inline int push_spikes(self, const Message* message, int n) except -1 nogil:
        """File the n spikes of a pack; the first one is the most significant."""
        cdef Spike* spike = <Spike*> grow(&self._spikes, n * sizeof(Spike))
        cdef uint64_t now = self._time
        cdef int i
        cdef uint32_t event
        for i in range(n):
            event = nth_event(message, n - 1 - i)
            spike[i].label = <uint16_t> event
            spike[i].fpga_time = now
            spike[i].chip_time = chip_time(now, <uint8_t> (event >> 16))
        self._spike_packs[n - 1] += 1
        return 0

    cdef inline int push_samples(self, const Message* message, int n) except -1 nogil:
        """File the n MADC samples of a pack; bits 9..0 of the value field are the sample, bit 10 the channel."""
        cdef MADCSample* sample = <MADCSample*> grow(&self._samples, n * sizeof(MADCSample))
        cdef uint64_t now = self._time
        cdef int i
        cdef uint32_t event
        for i in range(n):
            event = nth_event(message, n - 1 - i)
            sample[i].value = event & 0x3ff
            sample[i].channel = (event >> 10) & 1
            sample[i].fpga_time = now
            sample[i].chip_time = chip_time(now, <uint8_t> (event >> 16))
        self._madc_packs[n - 1] += 1
        return 0

    def clear(self):
        """Forget the results of a run and set the time to 0.

        Link and timeout notifications stay: they accumulate when one program is run more than once. Bits of an
        incomplete message stay too.
        """
        self._jtag.size = self._omnibus.size = self._loopback.size = self._spikes.size = self._samples.size = 0
        for i in range(3):
            self._spike_packs[i] = self._madc_packs[i] = 0
        self._time = self._n_messages = 0
        self._halted = False

    def reset(self):
        """Return to the state of a new decoder."""
        self.clear()
        self._links.size = self._timeouts.size = 0
        self._n_words = 0
        clear_bits(&self._bits)

    @property
    def time(self):
        """FPGA time of the last message."""
        return self._time

    @property
    def halted(self):
        """True once the halt response, the last one of a program, has arrived."""
        return bool(self._halted)

    @property
    def message_count(self):
        """Messages decoded since the last clear."""
        return self._n_messages

    @property
    def word_count(self):
        """Words fed since the last reset."""
        return self._n_words

    @property
    def omnibus(self):
        """(n,) `OMNIBUS_DTYPE`: read data in order."""
        return to_array(&self._omnibus, OMNIBUS_DTYPE)

    @property
    def jtag(self):
        """(n,) `JTAG_DTYPE`: shifted-out 33-bit data in order."""
        return to_array(&self._jtag, JTAG_DTYPE)

    @property
    def loopback_ticks(self):
        """(n,) uint64: times of the tick responses."""
        return to_array(&self._loopback, np.uint64)

    @property
    def spikes(self):
        """(n,) `SPIKE_DTYPE` in order of arrival."""
        return to_array(&self._spikes, SPIKE_DTYPE)

    @property
    def madc_samples(self):
        """(n,) `MADC_SAMPLE_DTYPE` in order of arrival; value is the 10-bit sample."""
        return to_array(&self._samples, MADC_SAMPLE_DTYPE)

    @property
    def link_notifications(self):
        """(n,) `LINK_NOTIFICATION_DTYPE`."""
        return to_array(&self._links, LINK_NOTIFICATION_DTYPE)

    @property
    def timeout_notifications(self):
        """(n,) `TIMEOUT_NOTIFICATION_DTYPE`, 45-bit payloads."""
        return to_array(&self._timeouts, TIMEOUT_NOTIFICATION_DTYPE)

    @property
    def spike_pack_counts(self):
        """(3,) uint64: packs with 1, 2 and 3 spikes."""
        return np.array([self._spike_packs[i] for i in range(3)], dtype=np.uint64)

    @property
    def madc_pack_counts(self):
        """(3,) uint64: packs with 1, 2 and 3 samples."""
        return np.array([self._madc_packs[i] for i in range(3)], dtype=np.uint64)


# ---------------------------------------------------------------------------------------------- messages -> stream

cdef class ResponseEncoder:
    """Joins messages from the FPGA to the packed word stream.

    From Python use the bulk methods; Cython code calls the ``append_*`` methods of the ``.pxd`` without the GIL.
    Call `flush` before `words`: bits of a partial word are not part of it.
    """

    def __dealloc__(self):
        release(&self._words)

    cdef int append_word(self, uint64_t message) except -1 nogil:
        """Append a 64-bit message, header included."""
        cdef uint64_t* word = <uint64_t*> grow(&self._words, sizeof(uint64_t))
        word[0] = self._partial | (message >> self._n_bits)
        self._partial = message << (64 - self._n_bits) if self._n_bits else 0
        self.n_messages += 1
        return 0

    cdef int append_half(self, uint64_t bits) except -1 nogil:
        """Append the last 16 bits of an 80-bit message."""
        self._partial |= (bits & 0xffff) << (48 - self._n_bits)
        self._n_bits += 16
        if self._n_bits == 64:
            (<uint64_t*> grow(&self._words, sizeof(uint64_t)))[0] = self._partial
            self._partial = 0
            self._n_bits = 0
        return 0

    cdef int append_events(self, int code, const uint32_t* events, int n) except -1 nogil:
        """Append a pack of n = 1..3 events of 24 bit; `code` is the header of the pack with one element."""
        cdef uint64_t head = <uint64_t> (code + n - 1) << 56
        if n == 1:
            return self.append_word(head | events[0])
        if n == 2:
            return self.append_word(head | (<uint64_t> events[0] << 24) | events[1])
        self.append_word(head | (<uint64_t> events[0] << 32) | (<uint64_t> events[1] << 8) | (events[2] >> 16))
        return self.append_half(events[2])

    cdef int append_spikes(self, const uint32_t* events, int n) except -1 nogil:
        return self.append_events(SPIKE_PACK_1, events, n)

    cdef int append_samples(self, const uint32_t* events, int n) except -1 nogil:
        return self.append_events(MADC_PACK_1, events, n)

    cpdef int append_message(self, int code, uint64_t payload_hi, uint64_t payload_lo) except -1 nogil:
        """Append any message; payload_hi holds payload bits 71..64."""
        if not 0 <= code < FROM_FPGA.n_instructions:
            with gil:
                raise UnknownInstructionError(f"unknown header 0x{code:02x}")
        cdef bint is_triple = FROM_FPGA.message_bits[code] == 80
        if payload_hi > (0xff if is_triple else 0) or payload_lo & ~FROM_FPGA.payload_mask[code]:
            with gil:
                raise FieldError(f"payload 0x{payload_hi:02x}:{payload_lo:016x} does not fit header 0x{code:02x}")
        if not is_triple:
            return self.append_word((<uint64_t> code << 56) | payload_lo)
        self.append_word((<uint64_t> code << 56) | (payload_hi << 48) | (payload_lo >> 16))
        return self.append_half(payload_lo)

    cpdef int append_jtag(self, uint64_t data) except -1 nogil:
        return self.append_message(JTAG_DATA, 0, data)

    cpdef int append_omnibus(self, uint32_t data) except -1 nogil:
        return self.append_word((<uint64_t> OMNIBUS_DATA << 56) | data)

    cpdef int append_loopback(self, bint tick) except -1 nogil:
        return self.append_word((<uint64_t> LOOPBACK << 56) | <uint64_t> (tick != 0))

    cpdef int append_link_notification(self, uint8_t payload) except -1 nogil:
        return self.append_word((<uint64_t> LINK_NOTIFICATION << 56) | payload)

    cpdef int append_timeout_notification(self, uint64_t payload) except -1 nogil:
        return self.append_message(TIMEOUT_NOTIFICATION, 0, payload)

    cpdef int append_systime(self, uint64_t time) except -1 nogil:
        return self.append_message(SYSTIME, 0, time)

    cpdef int append_sysdelta(self, uint8_t delta) except -1 nogil:
        return self.append_word((<uint64_t> SYSDELTA << 56) | delta)

    cpdef int flush(self) except -1 nogil:
        """Complete a partial word: a comma bit behind the last message, then zeros. A full word is left alone."""
        if self._n_bits:
            (<uint64_t*> grow(&self._words, sizeof(uint64_t)))[0] = self._partial | (<uint64_t> 1 << (63 - self._n_bits))
            self._partial = 0
            self._n_bits = 0
        return 0

    def append_messages(self, codes, payload_lo, payload_hi=None):
        """Append messages of any kind; see `encode_messages`."""
        cdef const uint64_t[::1] code = as_field(codes, 8, "header")
        cdef const uint64_t[::1] lo = as_words(payload_lo)
        cdef const uint64_t[::1] hi = as_words(np.zeros(len(lo), np.uint64) if payload_hi is None else payload_hi)
        cdef Py_ssize_t i
        if not code.shape[0] == lo.shape[0] == hi.shape[0]:
            raise FieldError(f"{len(code)} headers, {len(lo)} low and {len(hi)} high payload parts, expected as many")
        with nogil:
            for i in range(code.shape[0]):
                self.append_message(<int> code[i], hi[i], lo[i])

    def append_spike_packs(self, events):
        """Append one SpikePack per row of `events`, (n, 1..3) integers ``timestamp << 16 | label``."""
        self._append_rows(SPIKE_PACK_1, events, 0xffffff)

    def append_madc_packs(self, events):
        """Append one MADCSamplePack per row of `events`, (n, 1..3) ``timestamp << 16 | channel << 10 | value``."""
        self._append_rows(MADC_PACK_1, events, 0xff3fff)

    def _append_rows(self, int code, events, mask):
        events = np.asarray(events)
        if events.ndim != 2 or not 1 <= events.shape[1] <= 3:
            raise FieldError(f"events have shape {events.shape}, expected (n, 1), (n, 2) or (n, 3)")
        flat = as_field(events.reshape(-1), 24, "event")
        if np.any(flat & ~np.uint64(mask)):
            raise FieldError(f"events have bits outside of 0x{mask:x}")
        cdef const uint32_t[::1] view = flat.astype(np.uint32)
        cdef int n = events.shape[1]
        cdef Py_ssize_t i, n_packs = events.shape[0]
        with nogil:
            for i in range(n_packs):
                self.append_events(code, &view[i * n], n)

    def words(self):
        """(n,) uint64: the complete words so far."""
        return to_array(&self._words, np.uint64)

    def clear(self):
        """Forget everything, bits of a partial word included."""
        self._words.size = 0
        self._partial = self.n_messages = 0
        self._n_bits = 0


def encode_messages(codes, payload_lo, payload_hi=None):
    """Pack messages from the FPGA into a flushed word stream.

    Parameters
    ----------
    codes : (n,) headers
    payload_lo : (n,) payload bits 63..0
    payload_hi : (n,) payload bits 71..64, used by triple packs; default 0

    Returns
    -------
    (m,) uint64

    Raises
    ------
    WordError
        Unknown header, payload longer than the instruction's, or columns of different length.
    """
    encoder = ResponseEncoder()
    encoder.append_messages(codes, payload_lo, payload_hi)
    encoder.flush()
    return encoder.words()
