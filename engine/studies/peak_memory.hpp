#pragma once
// Largest resident memory of the program, for runs that follow one another in one process.

namespace wattstein::engine {

/// GB that the program has held at most since the last reset (since its start where the system cannot reset).
double peak_memory_gb();

/// Gives free memory back and starts the count anew. Without effect where the system does not offer it.
void reset_peak_memory();

}  // namespace wattstein::engine
