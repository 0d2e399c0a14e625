// SPDX-License-Identifier: Apache-2.0
#include "documents/log_entry.h"

#include <algorithm>
#include <stdexcept>

#include "crypto/digest.h"
#include "documents/text_rules.h"
#include "x509/cms.h"

namespace countersign::documents {
namespace {

constexpr std::size_t kIdAt = 1;
constexpr std::size_t kCommitmentAt = 17;
// Where a UUID has its hyphens, in digits before each (RFC 9562 §4).
constexpr std::array<std::size_t, 4> kHyphens{8, 12, 16, 20};

auto malformed(std::string_view what) {
  return fail(ErrorCode::kMalformed, "log entry: " + std::string(what));
}

std::uint8_t value_of(char digit) {
  return static_cast<std::uint8_t>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

std::array<std::uint8_t, 16> id_octets(std::string_view uuid) {
  if (!is_uuid(uuid, '4')) throw std::invalid_argument("log entry: not the id of a confirmation");
  std::array<std::uint8_t, 16> id{};
  std::size_t at = 0;
  for (std::uint8_t& octet : id) {
    if (uuid[at] == '-') ++at;
    octet = static_cast<std::uint8_t>((value_of(uuid[at]) << 4) | value_of(uuid[at + 1]));
    at += 2;
  }
  return id;
}

Sha256Digest commitment_over(BytesView nonce, const Sha256Digest& content_digest, BytesView rest) {
  return crypto::sha256_of({nonce, content_digest, rest});
}

}  // namespace

LogEntryBytes write_log_entry(const LogEntry& entry) {
  LogEntryBytes bytes{static_cast<std::uint8_t>(entry.kind)};
  std::ranges::copy(entry.id, bytes.begin() + kIdAt);
  std::ranges::copy(entry.commitment, bytes.begin() + kCommitmentAt);
  return bytes;
}

Result<LogEntry> parse_log_entry(BytesView bytes) {
  if (bytes.size() != LogEntryBytes{}.size()) return malformed("not 49 octets");
  LogEntry entry{static_cast<LogEntry::Kind>(bytes[0]), {}, {}};
  std::ranges::copy(bytes.subspan(kIdAt, entry.id.size()), entry.id.begin());
  std::ranges::copy(bytes.subspan(kCommitmentAt), entry.commitment.begin());
  switch (entry.kind) {
    case LogEntry::Kind::kConfirmation:
      if (!is_uuid(uuid_of(entry), '4')) return malformed("its id is no UUID of version 4");
      return entry;
    case LogEntry::Kind::kLeftOut:
      if (entry != left_out_entry()) return malformed("an index left out, with something in it");
      return entry;
  }
  return fail(ErrorCode::kUnsupported, "log entry: of kind " + std::to_string(bytes[0]));
}

Result<Sha256Digest> commitment_to(BytesView nonce, BytesView confirmation_der) {
  TRY(const x509::CmsParts parts, x509::split_cms(confirmation_der));
  return commitment_over(nonce, crypto::sha256(parts.content), parts.rest);
}

Result<LogEntry> entry_of_confirmation(std::string_view uuid, BytesView nonce, BytesView confirmation_der) {
  const auto id = id_octets(uuid);
  TRY(const Sha256Digest commitment, commitment_to(nonce, confirmation_der));
  return LogEntry{LogEntry::Kind::kConfirmation, id, commitment};
}

LogEntry entry_of_confirmation(std::string_view uuid, BytesView nonce,
                               const x509::SignedMessage& confirmation) {
  return {LogEntry::Kind::kConfirmation, id_octets(uuid),
          commitment_over(nonce, confirmation.content_digest, confirmation.rest())};
}

LogEntry left_out_entry() {
  return {LogEntry::Kind::kLeftOut, {}, {}};
}

std::string uuid_of(const LogEntry& entry) {
  std::string text = hex_encode(entry.id);
  for (std::size_t i = 0; i < kHyphens.size(); ++i) text.insert(kHyphens[i] + i, 1, '-');
  return text;
}

}  // namespace countersign::documents
