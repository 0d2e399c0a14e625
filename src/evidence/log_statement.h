// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "documents/receipt.h"

namespace countersign::evidence {

// WitnessStatement is what a checkpoint has of one witness that is known here.
struct WitnessStatement {
  std::string name;  // in the policy; without a policy that of its key in a network map
  // When it cosigned, by its own word; absent where it did not, or its cosignature does not verify.
  std::optional<TimePoint> cosigned;
  // The log's own data centre runs it, by a network map: it says nothing that the log did not say itself.
  bool is_own = false;
};

// Who says which key is the log's.
enum class LogKeySource { kNobody, kPolicy, kMap };

// LogStatement is what the proof in a receipt says of the public log, and what of it was verified.
struct LogStatement {
  checkpoint::Checkpoint checkpoint;  // as it stands there
  std::uint64_t index = 0;            // as the proof states it
  merkle::Hash leaf{};                // of the confirmation; all zeros where that cannot be read
  documents::WitnessState state = documents::WitnessState::kPending;  // the authority's word, unsigned
  bool is_included = false;  // the proof leads from the confirmation to the root
  bool is_signed = false;    // the checkpoint, by the log's key
  LogKeySource key_source = LogKeySource::kNobody;
  std::optional<checkpoint::VerifierKey> key;  // the log's
  // Of a policy all its witnesses, in its order; without one those of the maps that cosigned.
  std::vector<WitnessStatement> witnesses;
  std::optional<bool> has_quorum;  // of the policy; absent without one
  // When the first certificate ends that says which key is the log's. A policy says no end.
  std::optional<TimePoint> until;
};

// MapStatement is a network map in a receipt that verified under a root, as of its issue.
struct MapStatement {
  std::int64_t version = 0;
  TimePoint issued, expires;
  x509::Certificate signer;
  TimePoint until;         // when the first certificate of its signer's path ends
  bool names_log = false;  // that of the confirmation's data centre, by the checkpoint's origin
};

}  // namespace countersign::evidence
