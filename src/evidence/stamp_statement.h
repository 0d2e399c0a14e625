// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "documents/stamps.h"

namespace countersign::evidence {

// StampStatement is one stamp whose token verified.
struct StampStatement {
  std::string authority;  // subject of who signed it
  TimePoint time;         // that it states
  TimePoint latest;       // what it covers was there by then: its accuracy is in it
  TimePoint end;          // until when it can be relied on by itself: first end of its path, first sunset
  TimePoint until;        // the same with the stamps over it that came in time
  bool counts = false;    // at the time that was judged at
  documents::StampCoverage covers = documents::StampCoverage::kReceipt;
  crypto::HashAlgorithm hash = crypto::HashAlgorithm::kSha256;
  std::vector<std::string> algorithms;  // it rests on these
};

// StampsStatement is what the stamps of a receipt or checkpoint say together.
struct StampsStatement {
  std::vector<StampStatement> stamps;
  // By when the evidence is shown to have been there: the earliest stamp that counts. Absent where none does.
  std::optional<TimePoint> shown;
  // Until when that holds, and another stamp has to be added at the latest.
  std::optional<TimePoint> until;
  // The same of the receipt's file as a whole, with the network maps in it, to which no tree leads: by the
  // earliest stamp over it that counts.
  std::optional<TimePoint> whole_shown, whole_until;
};

}  // namespace countersign::evidence
