// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/confirmation/decide.h"
#include "authority/confirmation/log_witnessing.h"
#include "authority/confirmation/map_history.h"
#include "authority/interwork/foreign_parties.h"
#include "authority/log/log_reader.h"

namespace countersign::authority {

// Receipts makes receipts of confirmations: each with its proof in the public log and the network map that
// was in force. Thread-safe; what it is made of outlives it.
class Receipts {
 public:
  struct Parts {
    const LogReader& log;
    const LogAppender& newest;  // for its head
    const MapHistory& maps;
    const LogWitnessing* witnesses = nullptr;  // null: nobody watches the log
  };
  explicit Receipts(Parts parts) : parts_(std::move(parts)) {}

  // The decision in the form of a receipt: under the checkpoint that its batch was signed with, or for a
  // repeated one the newest. kNotFound for a decision without a place in the log.
  Result<Decision> of_decision(const Decision& decision) const;
  // For a confirmation of before, under the newest checkpoint that enough witnesses signed, or else the
  // newest. kGone where it names no log, or one that was ended; kUnavailable while its entry cannot be
  // proven: the log has still to catch up, or its store is damaged.
  Result<Bytes> of_stored(const StoredConfirmation& stored) const;

 private:
  documents::WitnessState state_of(std::uint64_t index, TimePoint issued) const;

  const Parts parts_;
};

}  // namespace countersign::authority
