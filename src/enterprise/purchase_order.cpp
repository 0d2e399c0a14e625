// SPDX-License-Identifier: Apache-2.0
#include "enterprise/purchase_order.h"

#include <array>
#include <charconv>
#include <utility>

#include "crypto/digest.h"

namespace countersign::enterprise {
namespace {

constexpr std::array<std::pair<PurchaseState, std::string_view>, 10> kStates{
    {{PurchaseState::kRequested, "requested"},
     {PurchaseState::kAwaitingApproval, "awaiting_approval"},
     {PurchaseState::kApproved, "approved"},
     {PurchaseState::kSigned, "signed"},
     {PurchaseState::kConfirmed, "confirmed"},
     {PurchaseState::kRefused, "refused"},
     {PurchaseState::kRejected, "rejected"},
     {PurchaseState::kWithdrawn, "withdrawn"},
     {PurchaseState::kExpired, "expired"},
     {PurchaseState::kFailed, "failed"}}};

}  // namespace

std::string_view state_name(PurchaseState state) {
  for (const auto& [known, name] : kStates)
    if (known == state) return name;
  return "failed";
}

std::optional<PurchaseState> state_of_name(std::string_view name) {
  for (const auto& [state, known] : kStates)
    if (known == name) return state;
  return std::nullopt;
}

bool is_open(PurchaseState state) {
  return state == PurchaseState::kRequested || state == PurchaseState::kAwaitingApproval ||
         state == PurchaseState::kApproved;
}

std::optional<Sha256Digest> digest_of(const PurchaseOrder& order) {
  if (order.order.empty()) return std::nullopt;
  return crypto::sha256(order.order);
}

bool ApprovalPolicy::needs_approval(const Amount& total) const {
  const auto free = free_up_to.find(total.currency);
  return free == free_up_to.end() || total.minor_units > free->second;
}

Result<ApprovalPolicy> parse_approval_policy(const std::vector<std::string>& texts) {
  ApprovalPolicy policy;
  for (const std::string& text : texts) {
    const std::string currency = text.substr(0, 3);
    std::int64_t most = 0;
    const char* const end = text.data() + text.size();
    const bool has_amount = text.size() > 4 && text[3] == ' ';
    const auto read = has_amount ? std::from_chars(text.data() + 4, end, most)
                                 : std::from_chars_result{text.data(), std::errc::invalid_argument};
    if (read.ec != std::errc{} || read.ptr != end || most < 0 || most > kLargestInteger ||
        !is_currency_code(currency))
      return fail(ErrorCode::kMalformed, "\"" + text + "\": a currency and minor units, such as KRW 100000");
    if (!policy.free_up_to.emplace(currency, most).second)
      return fail(ErrorCode::kMalformed, currency + " comes twice");
  }
  return policy;
}

Result<void> check_terms(const documents::Order& order, const PurchaseRequest& request) {
  if (order.profile != documents::OrderProfile::kDirect)
    return fail(ErrorCode::kUnsupported, "order.profile: enterprises buy in profile direct");
  if (!(order.total == request.total))
    return fail(ErrorCode::kAmountMismatch, "order.total: " + format_amount(order.total) +
                                                ", asked for was " + format_amount(request.total));
  return ok();
}

}  // namespace countersign::enterprise
