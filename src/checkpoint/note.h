// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "crypto/keys.h"

// Notes: text with lines of signatures below it (C2SP signed-note). What a note says counts for nothing
// before a signature under a known key has verified (checkpoint.h).
namespace countersign::checkpoint {

inline constexpr std::size_t kMaxNoteSize = 64 << 10;
inline constexpr std::size_t kMaxSignatures = 100;
inline constexpr std::size_t kMaxKeyName = 255;  // octets

// KeyType says what a key signs: the text of notes, or a log's checkpoints with a time (tlog-cosignature).
enum class KeyType : std::uint8_t { kEd25519 = 1, kCosignature = 4 };

// KeyId tells keys of one name apart; it is no fingerprint: another key with the same id is easily made.
using KeyId = std::array<std::uint8_t, 4>;

// VerifierKey is whom signatures are believed: "<name>+<id in hex>+<base64 of type and key>".
struct VerifierKey {
  std::string name;
  KeyId id;
  KeyType type;
  crypto::PublicKey key;

  // kUnsupported for a key of another type; else kMalformed, also where the id is not that of name and key.
  static Result<VerifierKey> parse(std::string_view vkey);
  // The name is 1–255 octets of characters that are seen (base/text.h), without spaces of Unicode and '+'
  // (kMalformed). kUnsupported for a key that is not Ed25519.
  static Result<VerifierKey> create(std::string name, KeyType type, const crypto::PublicKey& ed25519);
  std::string text() const;
  friend bool operator==(const VerifierKey&, const VerifierKey&) = default;
};

// NoteSignature is one line of signature. `payload` is what follows the id: of a signature of type kEd25519
// its 64 octets, of a cosignature 8 octets of time before them, of other types anything but nothing.
struct NoteSignature {
  std::string name;
  KeyId id{};
  Bytes payload;
  friend bool operator==(const NoteSignature&, const NoteSignature&) = default;
};

// Whether the line says that it is of this key; only verifying shows that it is.
bool is_named_by(const NoteSignature& signature, const VerifierKey& key);

struct Note {
  std::string text;  // ends with a newline
  std::vector<NoteSignature> signatures;
  friend bool operator==(const Note&, const Note&) = default;
};

// parse_note takes exactly what write_note gives: UTF-8 without control characters but U+000A, the last empty
// line between text and signatures, at least one signature, no two of one name and id. kMalformed; kTooLarge
// beyond kMaxNoteSize and kMaxSignatures.
Result<Note> parse_note(std::string_view note);
std::string write_note(const Note& note);

// Whether text may stand in a note: it ends with a newline, is UTF-8, and has no other control character.
bool is_note_text(std::string_view text);

// Lines of signatures alone, as a witness answers them: one or more, by the same rules.
Result<std::vector<NoteSignature>> parse_signature_lines(std::string_view lines);
std::string write_signature_lines(std::span<const NoteSignature> signatures);

}  // namespace countersign::checkpoint
