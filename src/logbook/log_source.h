// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/bytes.h"

namespace countersign::logbook {

// No file of a log of confirmations is larger: a tile has 8 KiB, 256 entries less than 13.
inline constexpr std::size_t kMaxLogFile = 64 << 10;

inline constexpr std::string_view kCheckpointPath = "checkpoint";
// The newest checkpoint that as many witnesses cosigned as the log's operator asks for; some logs have none.
inline constexpr std::string_view kWitnessedPath = "checkpoint.witnessed";

// LogSource gives the files of one log by their paths in C2SP tlog-tiles: "checkpoint",
// "tile/0/x001/x234/067", "tile/entries/000.p/17". What it gives is believed by nobody.
class LogSource {
 public:
  virtual ~LogSource() = default;
  // kNotFound: it has no such file. kTooLarge beyond kMaxLogFile. kUnavailable: it does not answer.
  virtual Result<Bytes> get(std::string_view path) = 0;
};

}  // namespace countersign::logbook
