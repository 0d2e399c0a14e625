// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "checkpoint/note.h"

namespace countersign::checkpoint {

// NoteSigner signs as one key: a log's checkpoints (kEd25519), or a witness's cosignatures of them. Keys are
// not shared between the two. Thread-safe where the key is.
class NoteSigner {
 public:
  // Errors as VerifierKey::create.
  static Result<NoteSigner> create(std::string name, KeyType type, crypto::PrivateKey key);
  const VerifierKey& verifier() const { return verifier_; }

  // sign is for keys of type kEd25519, cosign for those of type kCosignature (kUnsupported). kMalformed for
  // what is no text of a note, and for a time that is none after 1970 and before the year 10000; errors of
  // the key's token (crypto/keys.h). A witness first makes sure of what cosign states (checkpoint.h).
  Result<NoteSignature> sign(std::string_view note_text) const;
  Result<NoteSignature> cosign(std::string_view note_text, TimePoint at) const;

 private:
  NoteSigner(VerifierKey verifier, crypto::PrivateKey key)
      : verifier_(std::move(verifier)), key_(std::move(key)) {}
  VerifierKey verifier_;
  crypto::PrivateKey key_;
};

}  // namespace countersign::checkpoint
