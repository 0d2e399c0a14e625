// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace countersign::x509 {
struct SignedMessage;
}

namespace countersign::documents {

// LogEntry is what the public log holds of one index, and nothing of the confirmation itself: its random id
// and a commitment, which only its nonce opens.
struct LogEntry {
  enum class Kind : std::uint8_t {
    kConfirmation = 1,
    kLeftOut = 2,  // no confirmation has this index: a restored store left it out
  };
  Kind kind = Kind::kConfirmation;
  std::array<std::uint8_t, 16> id{};  // octets of the confirmation's UUID; zeros where it was left out
  Sha256Digest commitment{};          // commitment_to the confirmation; zeros where it was left out

  friend bool operator==(const LogEntry&, const LogEntry&) = default;
};

// An entry as it is hashed into the tree: kind, id, commitment.
using LogEntryBytes = std::array<std::uint8_t, 49>;
inline constexpr std::size_t kLogNonceSize = 32;

LogEntryBytes write_log_entry(const LogEntry& entry);
// kMalformed: another length, an id that is no UUID of version 4, an index left out with anything else in it;
// kUnsupported: another kind.
Result<LogEntry> parse_log_entry(BytesView bytes);

// What an entry says of a confirmation: SHA-256(nonce ‖ SHA-256(content) ‖ rest), the content and what stands
// behind it as x509::split_cms finds them in its CMS. The nonce has kLogNonceSize octets, none for
// confirmations from before the log. kMalformed: not a CMS in the one form.
Result<Sha256Digest> commitment_to(BytesView nonce, BytesView confirmation_der);

// entry_of_confirmation makes the entry of a signed confirmation, whose id is `uuid` (a lower-case UUID of
// version 4, as parse_confirmation demands; std::invalid_argument for anything else).
Result<LogEntry> entry_of_confirmation(std::string_view uuid, BytesView nonce, BytesView confirmation_der);
// The same of one that was signed here, whose content is digested already.
LogEntry entry_of_confirmation(std::string_view uuid, BytesView nonce,
                               const x509::SignedMessage& confirmation);
LogEntry left_out_entry();

// The text of an entry's id, as in the confirmation.
std::string uuid_of(const LogEntry& entry);

}  // namespace countersign::documents
