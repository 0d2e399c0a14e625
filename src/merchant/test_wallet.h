// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>

#include "crypto/digest.h"
#include "crypto/random.h"
#include "documents/dialogue.h"
#include "documents/split_payment.h"
#include "merchant/payment_check.h"
#include "merchant/testing.h"
#include "x509/cms_envelope.h"

// The other two parties of a dialogue, for tests: a wallet that can lie, and a card company.
namespace countersign::merchant {

inline crypto::SecretBytes secret_text(std::string_view text) {
  return crypto::SecretBytes::copy_of(as_bytes(text));
}
inline constexpr std::string_view kGoodCard = "4000123412341234";
inline documents::Payment card(std::string_view number = kGoodCard) {
  return documents::CardData{secret_text(number), "2029-08", "CANARY HOLDER"};
}
inline documents::Payment account() {
  return documents::AccountData{"Hanok Bank", secret_text("110-123-456789"), "CANARY HOLDER"};
}

// TestWallet writes what a purchaser's wallet sends. Its members are what it believes and may be changed to
// make it lie.
class TestWallet {
 public:
  TestWallet(const TestShop& shop, std::string_view uid)
      : signing(shop.issue_purchaser(uid)),
        agreement(shop.issue_purchaser(uid, x509::Role::kPurchaserAgreement)),
        merchant(shop.identity->signer()->certificate.fingerprint()),
        clock_(shop.clock) {}

  documents::PurchaseOpening opening() const {
    return {profiles, nonce, signing.certificate.der(), agreement.certificate.der(), group};
  }
  // What the wallet signs in answer to a request: all fields that are asked for.
  documents::PersonalInformation statement(const documents::InformationRequest& request,
                                           std::string_view checkout) const {
    documents::PersonalInformation information{
        std::string(checkout), origin, merchant, request.purpose, request.profile, request.nonce, nonce, {}};
    for (const auto& field : request.fields) {
      if (field.field == documents::PersonalField::kOverAge)
        information.fields.push_back({field, "", true});
      else
        information.fields.push_back({field, "CANARY " + documents::field_name(field), false});
    }
    return information;
  }
  Bytes sign(BytesView content) const {
    return take(x509::sign_cms(signing, content, {.signing_time = clock_.now()}));
  }
  Bytes sign(const documents::PersonalInformation& information) const {
    return sign(take(documents::write_personal_information(information)));
  }
  documents::Information information(const documents::InformationRequest& request,
                                     std::string_view checkout) const {
    return {sign(statement(request, checkout)), std::nullopt, std::nullopt};
  }

  // What the wallet pays a split offer with: its data sealed to the company, its signature over both.
  documents::PaymentMessage split_payment(const documents::SplitOffer& offer,
                                          std::string_view number = kGoodCard) const {
    const auto order = take(documents::parse_order(offer.order));
    documents::SplitInstruction instruction{
        take(documents::terms_of(order, offer.order)),
        {},
        documents::CardData{secret_text(number), "2029-08", "CANARY HOLDER"}};
    std::ranges::copy(crypto::random_bytes(instruction.nonce.size()), instruction.nonce.begin());
    const auto json = take(documents::write_split_instruction(instruction));
    const auto company = take(x509::Certificate::from_der(offer.agreement_certificate));
    return {documents::SealedPayment{take(x509::seal_to(company, json))},
            sign_with(offer.order, documents::instruction_digest(json))};
  }
  Bytes sign_with(BytesView order, const Sha256Digest& instruction) const {
    return take(
        x509::sign_cms(signing, order, {.signing_time = clock_.now(), .payment_digest = instruction}));
  }

  x509::Signer signing, agreement;
  std::vector<documents::OrderProfile> profiles = {documents::OrderProfile::kPlain};
  Sha256Digest nonce{42};
  std::optional<documents::OrderGroup> group;
  std::string origin{kTestOrigin};
  Sha256Digest merchant;

 private:
  const Clock& clock_;
};

// FakeCardCompany approves what it was not told to decline.
class FakeCardCompany final : public PaymentCheck {
 public:
  struct Asked {
    std::string reference;
    Sha256Digest order;
    Amount amount;
    documents::PaymentMethod method;
    Bytes number;
  };
  Result<PaymentReview> authorize(const AuthorizationQuestion& question) override {
    const auto& number = std::visit(
        [](const auto& data) -> const auto& { return data.number; }, question.payment);
    const Bytes digits = to_bytes(number.reveal(crypto::SecretAccess()));
    asked.push_back({question.reference, question.order, question.amount,
                     documents::method_of(question.payment), digits});
    if (is_silent) return fail(ErrorCode::kUnavailable, "silent");
    const auto [earlier, is_new] = decided_.try_emplace(question.reference, digits);
    if (!is_new && earlier->second != digits) return fail(ErrorCode::kConflict, "another payment");
    if (loses_answers) return fail(ErrorCode::kUnavailable, "the answer was lost");
    if (const auto code = declines.find(to_text(digits)); code != declines.end())
      return PaymentReview{false, "", code->second};
    return PaymentReview{true, "authorization-of-" + question.reference, ""};
  }
  Result<void> release(std::string_view reference) override {
    if (is_silent) return fail(ErrorCode::kUnavailable, "silent");
    if (refuses_release == reference) return fail(ErrorCode::kInternal, "a fault of the company");
    released.emplace_back(reference);
    return ok();
  }

  bool is_silent = false, loses_answers = false;
  std::map<std::string, std::string> declines;  // number → code
  std::vector<Asked> asked;
  std::string refuses_release;  // of this reference
  std::vector<std::string> released;

 private:
  std::map<std::string, Bytes> decided_;  // reference → number
};

}  // namespace countersign::merchant
