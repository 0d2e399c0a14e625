// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/note.h"

#include <algorithm>

#include "base/text.h"
#include "checkpoint/lines.h"
#include "crypto/digest.h"
#include "crypto/ed25519.h"

namespace countersign::checkpoint {
namespace {

constexpr std::string_view kDash = "\u2014 ";

auto malformed(const char* detail) {
  return fail(ErrorCode::kMalformed, detail);
}

// White_Space of Unicode.
bool is_space(char32_t c) {
  return c == U' ' || (c >= 0x9 && c <= 0xd) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
         c == 0x3000;
}

bool is_key_name(std::string_view name) {
  if (name.empty()) return false;
  while (!name.empty()) {
    const auto c = take_code_point(name);
    if (!c || *c == U'+' || is_space(*c)) return false;
  }
  return true;
}

// type ‖ key, as a verifier key has it.
Bytes key_material(KeyType type, const crypto::PublicKey& key) {
  Bytes material{static_cast<std::uint8_t>(type)};
  const BytesView octets = crypto::ed25519_octets(key);
  material.insert(material.end(), octets.begin(), octets.end());
  return material;
}

KeyId id_of(std::string_view name, BytesView material) {
  const Sha256Digest digest = crypto::sha256_of({as_bytes(name), as_bytes("\n"), material});
  KeyId id{};
  std::copy_n(digest.begin(), id.size(), id.begin());
  return id;
}

Result<KeyType> key_type(std::uint8_t octet) {
  for (const KeyType type : {KeyType::kEd25519, KeyType::kCosignature})
    if (octet == static_cast<std::uint8_t>(type)) return type;
  return fail(ErrorCode::kUnsupported, "verifier key: of type " + std::to_string(octet));
}

Result<NoteSignature> parse_signature_line(std::string_view line) {
  if (!line.starts_with(kDash)) return malformed("note: a line of signature does not begin with a dash");
  line.remove_prefix(kDash.size());
  NoteSignature signature;
  const auto space = line.find(' ');
  signature.name = line.substr(0, space);
  if (space == std::string_view::npos || !is_key_name(signature.name))
    return malformed("note: a signature without the name of a key");
  auto octets = base64_decode(line.substr(space + 1));
  if (!octets) return fail(std::move(octets).error(), "note: signature");
  if (octets.value().size() <= signature.id.size()) return malformed("note: a signature is too short");
  std::copy_n(octets.value().begin(), signature.id.size(), signature.id.begin());
  signature.payload.assign(octets.value().begin() + static_cast<std::ptrdiff_t>(signature.id.size()),
                           octets.value().end());
  return signature;
}

}  // namespace

Result<VerifierKey> VerifierKey::parse(std::string_view vkey) {
  std::string_view rest = vkey;
  const std::string_view name = take_part(rest, '+');
  const std::string_view id = take_part(rest, '+');
  TRY(const Bytes material, base64_decode(rest));
  if (id.empty() || material.empty()) return malformed("verifier key: not of the form name+id+key");
  TRY(const KeyType type, key_type(material.front()));
  TRY(const crypto::PublicKey key, crypto::ed25519_key(BytesView(material).subspan(1)));
  TRY(VerifierKey out, create(std::string(name), type, key));
  if (out.text() != vkey) return malformed("verifier key: its id is not that of its name and key");
  return out;
}

Result<VerifierKey> VerifierKey::create(std::string name, KeyType type, const crypto::PublicKey& ed25519) {
  if (!is_key_name(name) || !count_plain_characters(name) || name.size() > kMaxKeyName)
    return malformed("verifier key: a name is 1 to 255 octets without spaces, '+' and what nobody sees");
  if (ed25519.kind() != crypto::KeyKind::kEd25519)
    return fail(ErrorCode::kUnsupported, "verifier key: not an Ed25519 key");
  const KeyId id = id_of(name, key_material(type, ed25519));
  return VerifierKey{std::move(name), id, type, ed25519};
}

std::string VerifierKey::text() const {
  return name + "+" + hex_encode(id) + "+" + base64_encode(key_material(type, key));
}

bool is_named_by(const NoteSignature& signature, const VerifierKey& key) {
  return signature.id == key.id && signature.name == key.name;
}

bool is_note_text(std::string_view text) {
  if (!text.ends_with('\n')) return false;
  while (!text.empty()) {
    const auto c = take_code_point(text);
    if (!c || (*c < U' ' && *c != U'\n')) return false;
  }
  return true;
}

Result<std::vector<NoteSignature>> parse_signature_lines(std::string_view lines) {
  if (lines.size() > kMaxNoteSize) return fail(ErrorCode::kTooLarge, "note: signatures of more than 64 KiB");
  if (!is_note_text(lines)) return malformed("note: no signature, or control characters, or not UTF-8");
  std::vector<NoteSignature> signatures;
  while (!lines.empty()) {
    TRY(const std::string_view line, take_line(lines, "note"));
    if (signatures.size() == kMaxSignatures)
      return fail(ErrorCode::kTooLarge, "note: more than 100 signatures");
    TRY(NoteSignature signature, parse_signature_line(line));
    const auto same_key = [&](const NoteSignature& other) {
      return other.id == signature.id && other.name == signature.name;
    };
    if (std::ranges::any_of(signatures, same_key)) return malformed("note: two signatures of one key");
    signatures.push_back(std::move(signature));
  }
  return signatures;
}

std::string write_signature_lines(std::span<const NoteSignature> signatures) {
  std::string lines;
  for (const NoteSignature& signature : signatures) {
    Bytes octets(signature.id.begin(), signature.id.end());
    octets.insert(octets.end(), signature.payload.begin(), signature.payload.end());
    lines.append(kDash).append(signature.name).append(" ").append(base64_encode(octets)).append("\n");
  }
  return lines;
}

Result<Note> parse_note(std::string_view note) {
  if (note.size() > kMaxNoteSize) return fail(ErrorCode::kTooLarge, "note: more than 64 KiB");
  if (!is_note_text(note))
    return malformed("note: no newline at its end, or control characters, or not UTF-8");
  const auto blank = note.rfind("\n\n");
  if (blank == std::string_view::npos) return malformed("note: no empty line before signatures");
  TRY(std::vector<NoteSignature> signatures, parse_signature_lines(note.substr(blank + 2)));
  return Note{std::string(note.substr(0, blank + 1)), std::move(signatures)};
}

std::string write_note(const Note& note) {
  return note.text + "\n" + write_signature_lines(note.signatures);
}

}  // namespace countersign::checkpoint
