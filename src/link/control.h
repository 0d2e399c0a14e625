// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "documents/order_group.h"

// The messages between mediator (PC) and wallet (terminal) within frames of kind kControl: JSON with `type`
// and `version` 1, read strictly. `purchase` is a UUID (version 4) that the mediator makes; it names the
// purchase on this link.
namespace countersign::link {

// One checkout of a purchase, at one merchant's gateway.
struct NamedCheckout {
  std::string gateway;   // https origin
  std::string checkout;  // letters, digits, '-', '_'
  std::string token;     // alike
  std::vector<std::string> profiles;
  friend bool operator==(const NamedCheckout&, const NamedCheckout&) = default;
};
inline constexpr std::size_t kMostCheckouts = documents::kMostInGroup;
// kMalformed where a gateway stands twice, kTooLarge for more than kMostCheckouts: a merchant has one order
// in a purchase.
Result<void> check_together(const std::vector<NamedCheckout>& checkouts);

// Mediator → wallet: a purchase that began in the browser.
struct Start {
  std::string purchase;
  std::vector<NamedCheckout> checkouts;  // 1–8, each at another gateway; to be approved together
  std::string origin;     // https origin of the page; may be empty where one checkout comes unattested
  bool attested = false;  // whether a browser extension vouches for `origin`
  std::string code;       // six digits to be compared on both devices; empty exactly when attested
  friend bool operator==(const Start&, const Start&) = default;
};

// Mediator → wallet: the browser's "continue" (S26).
struct PaymentInformationRequest {
  std::string purchase;
  friend bool operator==(const PaymentInformationRequest&, const PaymentInformationRequest&) = default;
};

enum class CancelledBy { kBrowser, kShop, kWallet };

// Either way: the purchase is over by somebody's wish; or, where a shop is named, that part of it, which the
// shop cancelled (to the wallet) or the holder leaves out (to the mediator).
struct Cancel {
  std::string purchase;
  CancelledBy by = CancelledBy::kWallet;
  std::string gateway = {};  // of one of several; empty: all of it; never by kBrowser
  friend bool operator==(const Cancel&, const Cancel&) = default;
};

enum class PurchaseState { kAsked, kReview, kApproved, kConfirming };

// Wallet → mediator: how far the purchase is.
struct Progress {
  std::string purchase;
  PurchaseState state = PurchaseState::kAsked;
  friend bool operator==(const Progress&, const Progress&) = default;
};

// An order as shown on the PC. Amounts in minor units of the ISO 4217 currency.
struct ShownOrder {
  struct Line {
    std::string sku;
    std::string description;
    std::int64_t quantity = 1;
    std::int64_t unit_price = 0;
    friend bool operator==(const Line&, const Line&) = default;
  };
  std::string merchant;  // RFC 4514 text of the subject
  std::string origin;
  std::vector<Line> lines;
  std::int64_t total = 0;
  std::string currency;
  friend bool operator==(const ShownOrder&, const ShownOrder&) = default;
};

// As the PC's browser is told it, too:
// {"merchant","origin","lines":[{"sku","description","quantity","unitPrice"}], "total","currency"}.
boost::json::object object_of(const ShownOrder& order);
// Puts one order as the member `order`, several as the list `orders`.
void put_orders(const std::vector<ShownOrder>& orders, boost::json::object& object);

// Wallet → mediator: the orders for a look in the browser; to be shown, neither stored nor forwarded (S25).
// Said again without what was taken out meanwhile. On the wire it carries `noForward: true`.
struct Review {
  std::string purchase;
  std::vector<ShownOrder> orders;  // 1–8
  std::size_t others = 0;          // orders that are bought with these, and are shown by the wallet alone
  friend bool operator==(const Review&, const Review&) = default;
};

// kPartly: of several checkouts some are confirmed and others are not. kUndecided: a signed order has left,
// whether it is confirmed is not known yet, and of several none is known to be. kLeftOut: the holder went on
// without it.
enum class Outcome { kConfirmed, kRefused, kCancelled, kFailed, kPartly, kUndecided, kLeftOut };

// What became of one of several checkouts; never kPartly.
struct EndedCheckout {
  std::string gateway;  // https origin
  Outcome outcome = Outcome::kFailed;
  std::optional<ErrorCode> code;
  friend bool operator==(const EndedCheckout&, const EndedCheckout&) = default;
};

// Wallet → mediator: the end; never kLeftOut. `code` is nullopt exactly for kConfirmed.
struct Ended {
  std::string purchase;
  Outcome outcome = Outcome::kFailed;
  std::optional<ErrorCode> code;
  std::vector<EndedCheckout> checkouts = {};  // of a purchase of several, each; else empty
  friend bool operator==(const Ended&, const Ended&) = default;
};

// The list as it stands in the message: {"gateway","outcome","code"}.
boost::json::array array_of(const std::vector<EndedCheckout>& checkouts);

using Control = std::variant<Start, PaymentInformationRequest, Cancel, Progress, Review, Ended>;

// kMalformed, kTooLarge, kUnsupported with the member's path. A code of Ended that this version does not know
// reads as kInternal.
Result<Control> read_control(BytesView json);
// write_control makes what read_control reads; kTooLarge when it does not fit into a frame, kMalformed when a
// member would be refused.
Result<Bytes> write_control(const Control& message);

// Payload of a frame of kind kOpen (wallet → mediator): the gateway to which the stream shall lead. The
// mediator compares it with the purchase's gateways.
struct OpenChannel {
  std::string gateway;  // https origin
};
Result<OpenChannel> read_open(BytesView json);
Result<Bytes> write_open(const OpenChannel& open);

// Payload of a frame of kind kClose: nullopt for an orderly end. Names that are not known read as kInternal.
std::optional<ErrorCode> read_close(BytesView payload);
Bytes write_close(std::optional<ErrorCode> reason);

// Wire names, for those who pass states on to people: "review", "confirmed", "browser".
std::string_view state_name(PurchaseState state);
std::string_view outcome_name(Outcome outcome);
std::string_view cancelled_by_name(CancelledBy by);

}  // namespace countersign::link
