// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>

#include "authority/interwork/route.h"
#include "checkpoint/note.h"

namespace countersign::authority {

// WitnessedLogs says which logs are witnessed here, and by which key they sign: those that the configuration
// lists, and those of the network map's data centres that have not retired, without our own. Of an origin
// that stands in both, the configuration's key counts. Immutable.
class WitnessedLogs {
 public:
  // `listed` are verifier keys of logs. kMalformed, kUnsupported for another kind of key, kConflict for two
  // of one origin. The clock outlives it.
  static Result<WitnessedLogs> create(const std::vector<std::string>& listed, CurrentMap current,
                                      x509::Name own, const Clock& clock);

  // The key of the log of that origin; nothing where it is not witnessed. Without a map in force only what is
  // listed is.
  std::optional<checkpoint::VerifierKey> key_of(std::string_view origin) const;

 private:
  using Keys = std::map<std::string, checkpoint::VerifierKey, std::less<>>;
  WitnessedLogs(Keys listed, CurrentMap current, x509::Name own, const Clock& clock)
      : listed_(std::move(listed)), current_(std::move(current)), own_(std::move(own)), clock_(&clock) {}

  Keys listed_;
  CurrentMap current_;
  x509::Name own_;
  const Clock* clock_;
};

}  // namespace countersign::authority
