// SPDX-License-Identifier: Apache-2.0
#include "wallet/order_check.h"

#include <algorithm>

namespace countersign::wallet {
namespace {

Result<void> check_parties(const documents::Order& order, const OrderContext& context) {
  if (!(order.merchant == documents::reference_to(context.merchant))) {
    return fail(ErrorCode::kForbidden, "order.merchant: is not whom this channel leads to");
  }
  if (!(order.purchaser == documents::reference_to(context.purchaser))) {
    return fail(ErrorCode::kForbidden, "order.purchaser: is not this wallet's certificate");
  }
  const auto& origins = context.merchant.alternative_names().origins;
  if (std::find(origins.begin(), origins.end(), order.origin) == origins.end()) {
    return fail(ErrorCode::kWrongOrigin, "order.origin: is not in the merchant's certificate");
  }
  if (!context.origin.empty() && order.origin != context.origin) {
    return fail(ErrorCode::kWrongOrigin, "order.origin: is not where the browser says that it began");
  }
  const x509::Certificate* ca = context.anchor.issuer_of(context.merchant);
  if (ca == nullptr)
    return fail(ErrorCode::kCertificateUnknown, "order.merchant: its authority is not known");
  TRY(const auto data_centre, x509::permitted_subtree(*ca));
  if (!(order.authority == data_centre)) {
    return fail(ErrorCode::kForbidden, "order.authority: is not the merchant's");
  }
  return ok();
}

}  // namespace

Result<CheckedOrder> check_order(BytesView bytes, const OrderContext& context) {
  TRY(auto order, documents::parse_order(bytes));
  TRY(check_parties(order, context));
  if (order.checkout != context.checkout) return fail(ErrorCode::kConflict, "order.checkout: is another one");
  if (order.profile != context.profile) {
    return fail(ErrorCode::kUnsupported, "order.profile: is not the one agreed upon");
  }
  if (order.group != context.group)
    return fail(ErrorCode::kConflict, "order.group: is not that of this approval");
  if (context.now >= order.expires) return fail(ErrorCode::kExpired, "order.expires: is over");
  if (order.created > context.now + context.tolerance) {
    return fail(ErrorCode::kNotYetValid, "order.created: lies in the future");
  }
  return CheckedOrder{std::move(order), to_bytes(bytes)};
}

}  // namespace countersign::wallet
