// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "documents/order.h"

namespace countersign::enterprise {

// How far a purchase order has come; each state is durable before the next step begins.
enum class PurchaseState {
  kRequested,         // what was asked for; the seller's order is not fetched yet
  kAwaitingApproval,  // the seller's order is here, and two people have to approve it
  kApproved,          // it may be signed
  kSigned,            // it is signed; whether it is confirmed is not known yet
  kConfirmed,
  kRefused,    // by the seller's authority, for good
  kRejected,   // by an approver; nothing was signed
  kWithdrawn,  // by who asked; nothing was signed
  kExpired,    // its time was over before it was signed or confirmed
  kFailed,     // it is not what was asked for, or cannot be had; nothing was signed
};
std::string_view state_name(PurchaseState state);
std::optional<PurchaseState> state_of_name(std::string_view name);
// Whether nothing was signed and something may be yet.
bool is_open(PurchaseState state);

// Who asked: the credential, and the person that it belongs to or acts for.
struct Requester {
  std::string credential;  // its id
  std::string person;      // empty: software that named nobody
};

// PurchaseRequest is what somebody of the enterprise asks for. What the seller offers must be this.
struct PurchaseRequest {
  std::string gateway, checkout, token;  // of the seller's link
  std::string merchant;                  // RFC 4514 text of the seller's name
  Amount total;
  std::string reference;    // the enterprise's own, at most 64 characters
  std::string request_key;  // the same one of the same credential is the same purchase order
  Requester requester;
};

struct PurchaseOrder {
  std::string id;  // UUIDv7
  PurchaseRequest request;
  PurchaseState state = PurchaseState::kRequested;
  TimePoint created,
      valid_until;  // beyond the latter nothing is signed; of the seller's order once it is here
  // Of the seller's order, from kAwaitingApproval on:
  std::string order_id;
  Bytes order;     // JSON as it was sent: what will be signed
  Bytes merchant;  // DER of the seller's certificate
  bool needs_approval = false;
  Bytes signed_order;                // CMS
  Bytes confirmation;                // CMS, verified
  Bytes refusal;                     // CMS, verified
  bool cancelled_at_seller = false;  // once it is rejected or withdrawn
  bool fetched_itself = false;       // the authority gave this enterprise its own copy of the confirmation
  std::string code, detail;          // of the last failure; empty after a success
  std::int64_t attempts = 0;         // since the last success
};

// The digest that approvers approve: SHA-256 of the order's bytes; nothing before they are here.
std::optional<Sha256Digest> digest_of(const PurchaseOrder& order);

// What the gateway has to go on with, and whose gateway it concerns.
struct DuePurchase {
  std::string id, gateway;
};

struct Approval {
  std::string person, credential;
  Sha256Digest digest;
  TimePoint at;
  bool counts = true;  // of the present bytes, by a credential that is not revoked
};

// One act, as it is kept for good.
struct PurchaseEvent {
  TimePoint at;
  std::string act;  // "requested", "shown", "approved", …
  std::string who;  // a person, or "gateway"
  std::string detail;
};

// An order above its currency's amount waits for this many people.
inline constexpr std::size_t kApprovals = 2;

// ApprovalPolicy says up to which amount a purchase order goes by itself. A currency that is not named
// always waits for approval.
struct ApprovalPolicy {
  std::map<std::string, std::int64_t> free_up_to;  // minor units by currency
  bool needs_approval(const Amount& total) const;
};
// From "KRW 100000": currency, a space, minor units. kMalformed, also for a currency that comes twice.
Result<ApprovalPolicy> parse_approval_policy(const std::vector<std::string>& texts);

// check_terms refuses an order that is not what was asked for: another total or currency (kAmountMismatch),
// or one that asks for more than a signature (kUnsupported).
Result<void> check_terms(const documents::Order& order, const PurchaseRequest& request);

}  // namespace countersign::enterprise
