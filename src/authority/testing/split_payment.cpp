// SPDX-License-Identifier: Apache-2.0
#include "authority/testing/split_payment.h"

#include "crypto/digest.h"
#include "crypto/random.h"

namespace countersign::authority {
namespace {

documents::Order split_order(const TestWorld& world, const x509::Certificate& company_agreement) {
  documents::Order order = world.new_order();
  order.profile = documents::OrderProfile::kSet;
  order.card_company = documents::reference_to(company_agreement);
  return order;
}

}  // namespace

SplitPayment::SplitPayment(TestWorld& around)
    : world(around),
      company(around.network.issue_company("Card Company", around.clock.now())),
      agreement(around.network.issue_company_agreement("Card Company", around.clock.now())),
      order(split_order(around, agreement.certificate)),
      instruction(crypto::sha256(crypto::random_bytes(32))),
      result(approval()) {
  world.add_to_directory(company.certificate);
  world.add_to_directory(agreement.certificate);
}

void SplitPayment::begin_anew() {
  order = split_order(world, agreement.certificate);
  result = approval();
}

documents::ReviewResult SplitPayment::approval() const {
  return {.terms = take(documents::terms_of(order, take(documents::write_order(order)))),
          .instruction = instruction,
          .approved = true,
          .authorization = "authorization-1",
          .code = "",
          .decided = whole_seconds(world.clock.now()),
          .capture_until = order.expires + std::chrono::hours(24)};
}

Bytes SplitPayment::signed_order() const {
  return take(x509::sign_cms(*world.purchaser, take(documents::write_order(order)),
                             {.signing_time = world.clock.now(), .payment_digest = instruction}));
}

Bytes SplitPayment::review(const x509::Signer& by) const {
  return take(
      x509::sign_cms(by, take(documents::write_review_result(result)), {.signing_time = world.clock.now()}));
}

Result<Decision> SplitPayment::confirm(Submission submission) const {
  return world.confirm(std::move(submission), world.merchant->certificate);
}

}  // namespace countersign::authority
