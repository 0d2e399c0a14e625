// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/checkpoint.h"

#include <algorithm>

#include "checkpoint/cosignature.h"
#include "checkpoint/lines.h"

namespace countersign::checkpoint {
namespace {

const VerifierKey* find_key(const NoteSignature& signature, std::span<const VerifierKey> keys) {
  const auto found = std::ranges::find_if(keys, [&](const auto& key) { return is_named_by(signature, key); });
  return found == keys.end() ? nullptr : &*found;
}

Result<void> expect_type(std::span<const VerifierKey> keys, KeyType type, const char* whose) {
  for (const VerifierKey& key : keys)
    if (key.type != type)
      return fail(ErrorCode::kUnsupported, "checkpoint: " + key.name + " has no key of a " + whose);
  return ok();
}

Result<void> expect_origin(const Checkpoint& checkpoint, const VerifierKey& log) {
  if (checkpoint.origin == log.name) return ok();
  return fail(ErrorCode::kMalformed, "checkpoint: not of the log " + log.name);
}

Result<void> verify_signature(const Note& note, const NoteSignature& signature, const VerifierKey& log) {
  if (log.key.verify(as_bytes(note.text), signature.payload)) return ok();
  return fail(ErrorCode::kSignatureInvalid, "checkpoint: signature of the log " + log.name);
}

}  // namespace

std::string write_checkpoint_text(const Checkpoint& checkpoint) {
  return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" + base64_encode(checkpoint.root) +
         "\n";
}

Result<Checkpoint> parse_checkpoint_text(std::string_view text) {
  if (!is_note_text(text)) return fail(ErrorCode::kMalformed, "checkpoint: this is no text of a note");
  TRY(const std::string_view origin, take_line(text, "checkpoint"));
  if (origin.empty()) return fail(ErrorCode::kMalformed, "checkpoint: no origin");
  TRY(const std::string_view size_line, take_line(text, "checkpoint"));
  TRY(const std::uint64_t size, parse_decimal(size_line, "checkpoint: size"));
  TRY(const std::string_view root_line, take_line(text, "checkpoint"));
  TRY(const merkle::Hash root, parse_hash(root_line, "checkpoint: root"));
  if (text.starts_with('\n') || text.find("\n\n") != std::string_view::npos)
    return fail(ErrorCode::kMalformed, "checkpoint: an empty line");
  if (!text.empty()) return fail(ErrorCode::kUnsupported, "checkpoint: extension lines");
  return Checkpoint{std::string(origin), size, root};
}

Result<Checkpoint> claimed_checkpoint(std::string_view note) {
  TRY(const Note parsed, parse_note(note));
  return parse_checkpoint_text(parsed.text);
}

Result<Note> sign_checkpoint(const NoteSigner& log, const Checkpoint& checkpoint) {
  Note note{write_checkpoint_text(checkpoint), {}};
  TRY(parse_checkpoint_text(note.text));
  TRY(expect_origin(checkpoint, log.verifier()));
  TRY(NoteSignature signature, log.sign(note.text));
  note.signatures.push_back(std::move(signature));
  return note;
}

Result<TimePoint> verify_cosignature(std::string_view note_text, const NoteSignature& signature,
                                     const VerifierKey& witness) {
  TRY(expect_type({&witness, 1}, KeyType::kCosignature, "witness"));
  const BytesView payload = signature.payload;
  if (!is_named_by(signature, witness) || payload.size() != kCosignatureSize)
    return fail(ErrorCode::kSignatureInvalid, "cosignature: none of the witness " + witness.name);
  const std::uint64_t time = claimed_seconds(payload);
  if (time == 0 || time > kLatestCosignature)
    return fail(ErrorCode::kMalformed, "cosignature: of no time, or beyond the year 9999");
  const std::string message = cosigned_message(time, note_text);
  if (!witness.key.verify(as_bytes(message), payload.subspan(kCosignatureTimeSize)))
    return fail(ErrorCode::kSignatureInvalid, "cosignature: signature of the witness " + witness.name);
  return from_unix_seconds(static_cast<std::int64_t>(time));
}

Result<VerifiedCheckpoint> verify_checkpoint(std::string_view note, const VerifierKey& log,
                                             std::span<const VerifierKey> witnesses) {
  return verify_checkpoint(note, std::span(&log, 1), witnesses);
}

Result<VerifiedCheckpoint> verify_checkpoint(std::string_view note, std::span<const VerifierKey> log_keys,
                                             std::span<const VerifierKey> witnesses) {
  TRY(expect_type(log_keys, KeyType::kEd25519, "log"));
  TRY(expect_type(witnesses, KeyType::kCosignature, "witness"));
  VerifiedCheckpoint verified;
  TRY(verified.note, parse_note(note));
  TRY(verified.checkpoint, parse_checkpoint_text(verified.note.text));
  for (const VerifierKey& log : log_keys) {
    TRY(expect_origin(verified.checkpoint, log));
  }
  bool signed_by_log = false;
  for (const NoteSignature& signature : verified.note.signatures) {
    if (const VerifierKey* log = find_key(signature, log_keys)) {
      TRY(verify_signature(verified.note, signature, *log));
      signed_by_log = true;
    } else if (const VerifierKey* witness = find_key(signature, witnesses)) {
      TRY(const TimePoint time, verify_cosignature(verified.note.text, signature, *witness));
      verified.cosignatures.push_back({witness->name, witness->id, time});
    }
  }
  if (!signed_by_log) return fail(ErrorCode::kSignatureInvalid, "checkpoint: no signature of the log");
  return verified;
}

}  // namespace countersign::checkpoint
