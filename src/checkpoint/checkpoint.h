// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "checkpoint/note_signer.h"
#include "merkle/tree.h"

// Checkpoints: what a log signs of its tree (C2SP tlog-checkpoint), and what witnesses sign of that
// (tlog-cosignature). Three lines and no extension lines.
namespace countersign::checkpoint {

struct Checkpoint {
  std::string origin;      // which log
  std::uint64_t size = 0;  // entries of its tree, at most 2^63-1
  merkle::Hash root{};
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

std::string write_checkpoint_text(const Checkpoint& checkpoint);
// kMalformed for another form of the same; kUnsupported for extension lines.
Result<Checkpoint> parse_checkpoint_text(std::string_view text);
// claimed_checkpoint reads a note without verifying anything, to learn whose keys are to be asked.
Result<Checkpoint> claimed_checkpoint(std::string_view note);

// kMalformed where the checkpoint is not of the log that signs: origin and name of the key are one.
Result<Note> sign_checkpoint(const NoteSigner& log, const Checkpoint& checkpoint);

// Cosignature says that at that time the witness knew of no larger tree of this log, and of none that
// contradicts. It is the witness's word: whoever needs it to be of now compares it with a clock of their own.
struct Cosignature {
  std::string witness;  // name of its key
  KeyId id{};           // of its key
  TimePoint time;
};

// VerifiedCheckpoint is a checkpoint that the log signed, the note as it came, and those cosignatures in it
// that are of known witnesses, all of which verified.
struct VerifiedCheckpoint {
  Checkpoint checkpoint;
  Note note;
  std::vector<Cosignature> cosignatures;
};

// verify_checkpoint passes over signatures of unknown keys. kSignatureInvalid where a known key's signature
// does not verify, or none is of the log; kMalformed, kTooLarge and kUnsupported as parsing has it,
// kMalformed also for another origin than the name of the log's key. `log` is of type kEd25519, each witness
// of type kCosignature (kUnsupported). That the root is the tree's, and the size not smaller than before, is
// for others.
Result<VerifiedCheckpoint> verify_checkpoint(std::string_view note, const VerifierKey& log,
                                             std::span<const VerifierKey> witnesses = {});
// The same for a log with several keys of one name, of which at least one has signed.
Result<VerifiedCheckpoint> verify_checkpoint(std::string_view note, std::span<const VerifierKey> log_keys,
                                             std::span<const VerifierKey> witnesses);

// verify_cosignature verifies one cosignature of a checkpoint's text (the part of the note above the empty
// line) and gives its time. kSignatureInvalid; kMalformed for a time that is 0 or beyond the year 9999.
Result<TimePoint> verify_cosignature(std::string_view note_text, const NoteSignature& signature,
                                     const VerifierKey& witness);

}  // namespace countersign::checkpoint
