// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/amount.h"
#include "base/clock.h"
#include "documents/json.h"
#include "documents/party.h"
#include "x509/ocsp.h"

namespace countersign::documents {

// ConfirmedParty is a party as the authority found it when it decided.
struct ConfirmedParty {
  x509::Name subject;
  x509::Name issuer;
  x509::SerialNumber serial;
  std::string registered_by;  // subject of the registering merchant, or empty
  std::optional<x509::KeyOrigin> key_origin;
  Bytes ocsp;  // DER OCSPResponse relied on; its status was good
  // Where that response is not of the moment of decision: until when its home told nothing else, by the
  // authority's clock.
  std::optional<TimePoint> as_of = {};
  // The home could not be reached, and its operator had chosen that this is enough for the amount. Only with
  // as_of.
  bool degraded = false;
};
// A status that is not called degraded is of at most so long before the decision.
inline constexpr Seconds kMostUndegradedAge{10};

// Review is the card company's result, where payment was split: digest of its JSON (split_payment.h) and the
// authorization that it approved under.
struct Review {
  Sha256Digest digest;
  std::string code;
};

// Confirmation is the authority's statement that a transaction took place and what was in it: type
// "confirmation", version 1. Always signed in the role kConfirmationSigner.
struct Confirmation {
  std::string id;  // random UUID (version 4), tells nothing about the order
  x509::Name data_centre;
  std::int64_t index = 0;  // position in the data centre's log: 0, 1, 2 …
  TimePoint time;
  std::string order_id;
  Sha256Digest order_digest;  // SHA-256 of the order's bytes
  Amount total;
  Bytes countersigned_order;  // DER
  std::optional<Review> review;
  ConfirmedParty merchant;
  ConfirmedParty purchaser;
  // Origin of the public log that the index counts in (is_log_origin); absent from before the log. Stands
  // after the index in the document.
  std::optional<std::string> log = {};
};
// A review as an object: {"digest","code"}.
boost::json::object write_review(const Review& review);
Result<Review> read_whole_review(ObjectReader review);
// The members "review" and "order" of a confirmation and of its extract.
Result<std::optional<Review>> read_review(ObjectReader& reader);
struct ConfirmedOrder {
  std::string id;
  Sha256Digest digest;
  Amount total;
};
Result<ConfirmedOrder> read_confirmed_order(ObjectReader& reader);
// write_confirmation is on the hot path and trusts its caller: every member must be one that
// parse_confirmation accepts.
Bytes write_confirmation(const Confirmation& confirmation);
Result<Confirmation> parse_confirmation(BytesView json);

// Refusal is signed like a confirmation: type "refusal", version 1.
struct RefusalReason {
  ErrorCode code;
  std::string detail;
};
struct Refusal {
  x509::Name data_centre;
  TimePoint time;
  Sha256Digest request;                // SHA-256 of the countersigned order's DER that was refused
  std::string order_id;                // or empty where it could not be read
  std::vector<RefusalReason> reasons;  // at least one
  bool final = true;  // false: the same order can be confirmed yet, later or with another review
};
// write_refusal carries at most 16 reasons and 500 characters of each detail, foreign characters replaced by
// "?".
Bytes write_refusal(const Refusal& refusal);
Result<Refusal> parse_refusal(BytesView json);

}  // namespace countersign::documents
