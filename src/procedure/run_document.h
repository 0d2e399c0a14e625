// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "procedure/run.h"

// A run as whoever keeps it stores it: type "run", version 1. Nobody signs it and it crosses no wire; its
// evidence are the events that it names.
namespace countersign::procedure {

inline constexpr std::size_t kMaxRun = 4 << 20;

Bytes write_run(const Run& run);
// kMalformed, kTooLarge, kUnsupported for a later version. Whether it is of a plan, check_run says.
Result<Run> parse_run(BytesView json);

}  // namespace countersign::procedure
