// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/amount.h"
#include "documents/json.h"
#include "documents/party.h"

// The fields that several documents share, read and written in one way.
namespace countersign::documents {

// Longest RFC 4514 text of a name, in characters.
inline constexpr std::size_t kMaxNameText = 1000;
// Longest id of an enrolment or checkout.
inline constexpr std::size_t kMaxId = 64;

// A name in the spelling that Name::text produces.
Result<x509::Name> name_in_usual_spelling(std::string_view text, std::string_view member);
Result<x509::Name> read_name(ObjectReader& reader, std::string_view member);
Result<PartyReference> read_party(ObjectReader& reader, std::string_view member);
// A lower-case UUID of that version ('4', '7'; RFC 9562).
Result<std::string> read_uuid(ObjectReader& reader, std::string_view member, char version);
// Minor units, 0 or more, and the member "currency" beside them.
Result<Amount> read_amount(ObjectReader& reader, std::string_view member);
// An amount as an object of its own: {"minorUnits","currency"}.
boost::json::object write_amount(const Amount& amount);
Result<Amount> read_whole_amount(ObjectReader amount);
// The member "log": origin of the public log that "index" counts in. It stands only where there is one.
Result<std::optional<std::string>> read_log(ObjectReader& reader);
// A text, or null where it is empty.
boost::json::value text_or_null(std::string_view text);
// A mail address, not null.
Result<std::string> read_mail_address(ObjectReader& reader, std::string_view member);
// A member that is present, and null or base64 of some bytes, at most `max_bytes`.
Result<std::optional<Bytes>> read_base64_or_null(ObjectReader& reader, std::string_view member,
                                                 std::size_t max_bytes);

boost::json::object write_party(const PartyReference& party);
// The first two members of every document.
boost::json::object begin_document(std::string_view type);

}  // namespace countersign::documents
