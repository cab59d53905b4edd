/* What the host is told, and where the time goes. */
#include "core.h"
#include "operations.h"

#include <stdlib.h>
#include <string.h>

void ppu_report(Ppu *p, int cause, uint32_t pc, uint32_t address, uint32_t word)
{
    Report *report = &p->reports[cause];
    if (report->count++ == 0) {
        report->pc = pc;
        report->address = address;
        report->word = word;
        report->tick = p->tick;
    }
}

int ppu_profile(Ppu *p, int on)
{
    free(p->profile);
    p->profile = 0;
    p->profile_size = p->profile_used = 0;
    p->profile_pc = 1;
    if (!on)
        return 0;
    p->profile_size = 4096;
    p->profile = calloc(p->profile_size, sizeof(ProfileEntry));
    if (!p->profile)
        return -1;
    for (uint32_t i = 0; i < p->profile_size; i++)
        p->profile[i].pc = 1;
    return 0;
}

static ProfileEntry *profile_place(ProfileEntry *entries, uint32_t size, uint32_t pc)
{
    uint32_t i = (pc >> 2) * 0x9e3779b9u & (size - 1);
    while (entries[i].pc != 1 && entries[i].pc != pc)
        i = (i + 1) & (size - 1);
    return &entries[i];
}

void ppu_profile_at(Ppu *p, int64_t tick, uint32_t pc)
{
    if (p->profile_pc != 1) {
        if (2 * p->profile_used >= p->profile_size) {
            uint32_t size = 2 * p->profile_size;
            ProfileEntry *larger = malloc(size * sizeof(ProfileEntry));
            if (!larger)
                return;
            for (uint32_t i = 0; i < size; i++)
                larger[i].pc = 1;
            for (uint32_t i = 0; i < p->profile_size; i++)
                if (p->profile[i].pc != 1)
                    *profile_place(larger, size, p->profile[i].pc) = p->profile[i];
            free(p->profile);
            p->profile = larger;
            p->profile_size = size;
        }
        ProfileEntry *entry = profile_place(p->profile, p->profile_size, p->profile_pc);
        if (entry->pc == 1) {
            memset(entry, 0, sizeof(*entry));
            entry->pc = p->profile_pc;
            p->profile_used++;
        }
        entry->count++;
        entry->cycles += (uint64_t)(tick - p->profile_tick);
        entry->stalls += (uint64_t)(p->stalled - p->profile_stalled);
    }
    p->profile_pc = pc;
    p->profile_tick = tick;
    p->profile_stalled = p->stalled;
}

/* Count the last instruction, too. */
void ppu_profile_end(Ppu *p)
{
    if (p->profile)
        ppu_profile_at(p, p->tick, 1);
}
