// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "link/control.h"
#include "mediator/purchase_notice.h"

// The messages between extension and mediator (native messaging): JSON, read strictly.
namespace countersign::mediator {

inline constexpr std::size_t kMaxBrowserMessage = 64 << 10;

struct StartPurchase {
  PurchaseNotice notice;
};
enum class ReviewAnswer { kContinue, kCancel };
struct AnswerReview {
  ReviewAnswer answer = ReviewAnswer::kCancel;
};
struct CancelPurchase {};
struct AskStatus {};
using BrowserMessage = std::variant<StartPurchase, AnswerReview, CancelPurchase, AskStatus>;

// kMalformed, kTooLarge, kUnsupported (unknown type), with the member's path.
Result<BrowserMessage> read_browser_message(BytesView json);

// Part is something that must be there before a purchase works. `remedy` is empty when it is in order.
struct Part {
  std::string name, state, remedy;
};
struct Equipment {
  std::size_t pairings = 0;
  std::vector<Part> parts;
};

// PurchaseEnd is how a purchase ended, for people. `code` is nullopt exactly for kConfirmed.
struct PurchaseEnd {
  link::Outcome outcome = link::Outcome::kFailed;
  std::optional<ErrorCode> code;
  std::string remedy;
  std::vector<link::EndedCheckout> checkouts = {};  // of a purchase of several, each; else empty
};
// With the remedy that goes with the code.
PurchaseEnd end_of(link::Outcome outcome, std::optional<ErrorCode> code);

std::string write_status(const Equipment& equipment, std::string_view version);
std::string write_progress(std::string_view state);
std::string write_review(const std::vector<link::ShownOrder>& orders, std::size_t not_shown);
std::string write_end(const PurchaseEnd& end);
std::string write_error(const Error& error, std::string_view remedy);

}  // namespace countersign::mediator
