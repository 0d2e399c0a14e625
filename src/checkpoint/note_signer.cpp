// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/note_signer.h"

#include "checkpoint/cosignature.h"

namespace countersign::checkpoint {

Result<NoteSigner> NoteSigner::create(std::string name, KeyType type, crypto::PrivateKey key) {
  TRY(VerifierKey verifier, VerifierKey::create(std::move(name), type, key.public_key()));
  return NoteSigner(std::move(verifier), std::move(key));
}

Result<NoteSignature> NoteSigner::sign(std::string_view note_text) const {
  if (verifier_.type != KeyType::kEd25519)
    return fail(ErrorCode::kUnsupported, "note: a witness's key signs cosignatures only");
  if (!is_note_text(note_text)) return fail(ErrorCode::kMalformed, "note: this is no text of one");
  TRY(Bytes signature, key_.sign(as_bytes(note_text)));
  return NoteSignature{verifier_.name, verifier_.id, std::move(signature)};
}

Result<NoteSignature> NoteSigner::cosign(std::string_view note_text, TimePoint at) const {
  if (verifier_.type != KeyType::kCosignature)
    return fail(ErrorCode::kUnsupported, "cosignature: this key is of another type");
  if (!is_note_text(note_text)) return fail(ErrorCode::kMalformed, "cosignature: this is no text of a note");
  const std::int64_t seconds = unix_seconds(at);
  if (seconds <= 0 || static_cast<std::uint64_t>(seconds) > kLatestCosignature)
    return fail(ErrorCode::kMalformed, "cosignature: not a time after 1970 and before the year 10000");
  const auto time = static_cast<std::uint64_t>(seconds);
  TRY(const Bytes signature, key_.sign(as_bytes(cosigned_message(time, note_text))));
  Bytes payload;
  for (int shift = 56; shift >= 0; shift -= 8)
    payload.push_back(static_cast<std::uint8_t>(time >> shift & 0xff));
  payload.insert(payload.end(), signature.begin(), signature.end());
  return NoteSignature{verifier_.name, verifier_.id, std::move(payload)};
}

}  // namespace countersign::checkpoint
