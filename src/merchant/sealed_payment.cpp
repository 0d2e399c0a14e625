// SPDX-License-Identifier: Apache-2.0
#include "merchant/sealed_payment.h"

#include "crypto/digest.h"
#include "x509/cms_envelope.h"
#include "x509/issue.h"

namespace countersign::merchant {

Result<documents::PaymentData> payment_of(const crypto::SecretBytes& instruction, BytesView order) {
  TRY(auto read, documents::parse_payment_instruction(instruction));
  if (read.order != crypto::sha256(order)) return fail(ErrorCode::kConflict, "payment: is for another order");
  return std::move(read.payment);
}

Result<SealingKey> SealingKey::make(TimePoint now) {
  auto key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  TRY(const auto name, x509::Name::from_text("CN=Payments to this gateway"));
  TRY(auto certificate, x509::create_self_signed(name, key, now, x509::SelfSignedUse::kKeyAgreement));
  return SealingKey(std::move(certificate), std::move(key));
}

Result<documents::PaymentData> SealingKey::open(BytesView envelope, BytesView order) const {
  TRY(const bool is_to_this_key, x509::is_sealed_to(certificate_, envelope));
  if (!is_to_this_key)
    return fail(ErrorCode::kExpired,
                "payment: sealed to a key that is gone; start the payment again from the shop's page");
  TRY(const auto instruction, x509::open_sealed_to(certificate_, x509::agreement_by(key_), envelope));
  return payment_of(instruction, order);
}

}  // namespace countersign::merchant
