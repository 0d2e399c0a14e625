// SPDX-License-Identifier: Apache-2.0
#include "wallet/set_payment.h"

#include <algorithm>

#include "crypto/random.h"
#include "documents/split_payment.h"
#include "x509/cms_envelope.h"

namespace countersign::wallet {

Result<SplitPaymentRecord> seal_split_payment(const CheckedOrder& order, PaymentMeans means,
                                              const VerifiedCompany& company) {
  SplitPaymentRecord record;
  auto summary = summary_of("", means);
  record.method = summary.method;
  record.ending = std::move(summary.ending);
  TRY(auto terms, documents::terms_of(order.order, order.bytes));
  documents::SplitInstruction instruction{std::move(terms), {}, std::move(means.payment)};
  const Bytes random = crypto::random_bytes(instruction.nonce.size());
  std::copy(random.begin(), random.end(), instruction.nonce.begin());
  TRY(const auto content, documents::write_split_instruction(instruction));
  record.instruction = documents::instruction_digest(content);
  TRY(record.envelope, x509::seal_to(company.agreement, content));
  record.signer = company.signer;
  return record;
}

Result<std::optional<SplitPaymentRecord>> standing_payment(WalletStore& store, const std::string& purchase) {
  TRY(const auto record, store.find_purchase(purchase));
  if (!record || record->state != PurchaseState::kSigned) return std::optional<SplitPaymentRecord>();
  TRY(auto payments, store.split_payments(purchase));
  if (payments.empty() || payments.back().state == ReviewState::kDeclined)
    return std::optional<SplitPaymentRecord>();
  return std::optional(std::move(payments.back()));
}

}  // namespace countersign::wallet
