// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>

#include "authority/witness/known_witnesses.h"
#include "checkpoint/checkpoint.h"

namespace countersign::authority {

struct RoundOptions {
  std::chrono::milliseconds pause{200};    // from one checkpoint to the next: so often all are asked at most
  std::chrono::milliseconds linger{1000};  // for those that are slower than the ones that are needed
  std::chrono::milliseconds longest{10'000};  // where those that are needed do not answer
};

// CosigningRound is one checkpoint that all witnesses are asked about: their cosignatures count together only
// where they are of the same one, however fast the log grows meanwhile. Pure; not thread-safe.
class CosigningRound {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  // `checkpoint` is our log's newest at `began`.
  CosigningRound(checkpoint::VerifiedCheckpoint checkpoint, Moment began);

  const checkpoint::VerifiedCheckpoint& checkpoint() const { return checkpoint_; }

  // Takes a cosignature that verified.
  void take(const KnownWitness& witness, checkpoint::NoteSignature cosignature);
  bool has(const KnownWitness& witness) const;
  std::size_t count() const { return cosignatures_.size(); }
  // The checkpoint with the cosignatures so far, as a note.
  std::string note() const;

  // Whether the next checkpoint may be asked about: of `asked` witnesses those that are needed have cosigned,
  // and the others did as well or had time to; or it took too long.
  bool is_over(std::size_t needed, std::size_t asked, Moment now, const RoundOptions& options) const;

 private:
  checkpoint::VerifiedCheckpoint checkpoint_;
  Moment began_;
  std::map<std::string, checkpoint::NoteSignature> cosignatures_;  // by the key's text
};

}  // namespace countersign::authority
