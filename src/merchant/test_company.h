// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>

#include "documents/extract.h"
#include "merchant/card_companies.h"
#include "merchant/test_wallet.h"
#include "x509/cms_detached.h"

// A card company of profile set, for tests: it opens, verifies and signs as the real one does.
namespace countersign::merchant {

class TestCompany final : public CardCompanyAccess {
 public:
  explicit TestCompany(TestShop& shop, std::string_view called = "Hanok Card")
      : signing(issue(shop, x509::Role::kCardCompany, called)),
        agreement(issue(shop, x509::Role::kCardCompanyAgreement, called)),
        signs_as(signing),
        shop_(shop) {}

  x509::Name subject() const { return signing.certificate.subject(); }

  Result<documents::CompanyCertificates> certificates() override {
    ++certificates_asked;
    if (certificates_take > Seconds(0)) shop_.clock.advance(certificates_take);
    if (is_silent) return fail(ErrorCode::kUnavailable, "silent");
    documents::CompanyCertificates all{signing.certificate.der(), {}, agreement.certificate.der(), {}};
    TRY(all.certificate_status, status_of(signing));
    TRY(all.agreement_status, status_of(agreement));
    alter_certificates(all);
    return all;
  }

  Result<CompanyAnswer<Bytes>> review(const documents::SplitAuthorizationRequest& request) override {
    asked.push_back(request);
    if (is_silent) return fail(ErrorCode::kUnavailable, "silent");
    if (fails_with) return fail(*fails_with, "on the way");
    if (problem) return CompanyAnswer<Bytes>(CompanyRefusal{{*problem, "a problem"}});
    auto answered = answer(request);
    if (!answered) return CompanyAnswer<Bytes>(CompanyRefusal{answered.error()});
    if (loses_answers) return fail(ErrorCode::kUnavailable, "the answer was lost");
    return CompanyAnswer<Bytes>(std::move(answered.value()));
  }

  // As review, with the problem as error.
  Result<Bytes> answer(const documents::SplitAuthorizationRequest& request) {
    TRY(const auto agreed, x509::verify_signed_document(request.agreement, *shop_.view.anchor(),
                                                        x509::Role::kMerchant, shop_.clock.now()));
    TRY(const auto terms, documents::parse_agreement(agreed.cms.content));
    TRY(const auto order, x509::verify_detached_document(request.signed_order, *shop_.view.anchor(),
                                                         x509::Role::kPurchaser, shop_.clock.now()));
    TRY(const auto json,
        x509::open_sealed_to(agreement.certificate, x509::agreement_by(agreement.key), request.payment));
    TRY(const auto instruction, documents::parse_split_instruction(json));
    const auto digest = documents::instruction_digest(json);
    if (order.cms.payment_digest != digest || order.cms.message_digest != terms.order)
      return fail(ErrorCode::kConflict, "signed order");
    if (!documents::first_difference(terms, instruction.terms).empty())
      return fail(ErrorCode::kConflict, "terms");
    if (!(documents::reference_to(agreed.signer) == terms.merchant))
      return fail(ErrorCode::kForbidden, "merchant");
    if (released.contains(hex_encode(digest))) return fail(ErrorCode::kConflict, "released");
    if (!decided_.contains(digest)) decided_[digest] = decide(terms, digest, instruction.payment);
    return decided_[digest];
  }

  Result<void> release(std::string_view reference) override {
    if (is_silent || takes_no_release) return fail(ErrorCode::kUnavailable, "silent");
    released.emplace(reference);
    return ok();
  }

  Result<CompanyAnswer<documents::MovementAnswer>> capture(
      const documents::CaptureRequest& request) override {
    ++captures_asked;
    if (is_silent) return fail(ErrorCode::kUnavailable, "silent");
    if (fails_with) return fail(*fails_with, "on the way");
    if (problem) return refuse(*problem);
    TRY(const auto document,
        x509::verify_signed_document(request.extract, *shop_.view.anchor(), x509::Role::kConfirmationSigner,
                                     shop_.clock.now()));
    TRY(const auto extract, documents::parse_extract(document.cms.content));
    if (!extract.review || !approved.contains(extract.review->code)) return refuse(ErrorCode::kNotFound);
    documents::MovementAnswer answer{
        "movement-" + request.reference, "capture", request.reference, extract.review->code, request.amount,
        whole_seconds(shop_.clock.now())};
    captured.insert(extract.review->code);
    if (loses_answers) return fail(ErrorCode::kUnavailable, "the answer was lost");
    alter_movement(answer);
    return Moved(std::move(answer));
  }

  Result<CompanyAnswer<documents::MovementAnswer>> refund(const documents::RefundRequest& request) override {
    ++refunds_asked;
    if (is_silent) return fail(ErrorCode::kUnavailable, "silent");
    if (fails_with) return fail(*fails_with, "on the way");
    if (problem) return refuse(*problem);
    if (!captured.contains(request.authorization)) return refuse(ErrorCode::kNotFound);
    documents::MovementAnswer answer{
        "movement-" + request.reference, "refund",       request.reference,
        request.authorization,           request.amount, whole_seconds(shop_.clock.now())};
    refunded[request.reference] = request.amount.minor_units;
    if (loses_answers) return fail(ErrorCode::kUnavailable, "the answer was lost");
    alter_movement(answer);
    return Moved(std::move(answer));
  }

  x509::Signer signing, agreement;
  x509::Signer signs_as;  // its results
  bool is_silent = false, loses_answers = false, takes_no_release = false;
  std::optional<ErrorCode> problem;             // that it states
  std::optional<ErrorCode> fails_with;          // on the way to it
  Seconds certificates_take{0};                 // by the clock
  std::map<std::string, std::string> declines;  // number → code
  Seconds capture_window{3600};
  // Called with what is sent next, to make it say something else.
  std::function<void(documents::CompanyCertificates&)> alter_certificates =
      [](documents::CompanyCertificates&) {};
  std::function<void(documents::ReviewResult&)> alter_result = [](documents::ReviewResult&) {};
  std::function<void(documents::MovementAnswer&)> alter_movement = [](documents::MovementAnswer&) {};

  int certificates_asked = 0, captures_asked = 0, refunds_asked = 0;
  std::map<std::string, std::int64_t> refunded;  // by reference
  std::vector<documents::SplitAuthorizationRequest> asked;
  std::set<std::string> approved, captured;  // authorizations
  std::set<std::string> released;            // references

 private:
  using Moved = CompanyAnswer<documents::MovementAnswer>;
  static Result<Moved> refuse(ErrorCode code) { return Moved(CompanyRefusal{{code, "a problem"}}); }
  static x509::Signer issue(const TestShop& shop, x509::Role role, std::string_view called) {
    const auto key = x509::new_key();
    auto order = shop.network.order(role, key.public_key());
    order.subject =
        x509::name("CN=" + std::string(called) + ",OU=" + std::string(x509::profile_of(role).subtree) +
                   ",OU=seoul-1,OU=kr,O=Countersign Demo");
    return {take(x509::issue_certificate(shop.network.issuer(), order)), key, {shop.network.ca}};
  }
  Result<Bytes> status_of(const x509::Signer& holder) const {
    TRY(const auto request, x509::make_ocsp_request(holder.certificate, shop_.network.ca, {}));
    return shop_.authority.ocsp(request);
  }
  Bytes decide(const documents::SplitTerms& terms, const Sha256Digest& instruction,
               const documents::PaymentData& payment) {
    const auto& number = std::visit(
        [](const auto& data) -> const auto& { return data.number; }, payment);
    const auto declined = declines.find(to_text(number.reveal(crypto::SecretAccess())));
    std::string code = declined == declines.end() ? "" : declined->second;
    // One approval for each transaction, until it is released.
    const auto earlier = approved_of_.find(terms.transaction);
    if (earlier != approved_of_.end() && !released.contains(earlier->second)) code = "duplicate_payment";
    documents::ReviewResult result{terms, instruction, code.empty(), "", code, {}, {}};
    result.decided = whole_seconds(shop_.clock.now());
    if (result.approved) {
      result.authorization = "authorization-" + hex_encode(BytesView(instruction).subspan(0, 8));
      result.capture_until = result.decided + capture_window;
      approved.insert(result.authorization);
      approved_of_[terms.transaction] = hex_encode(instruction);
    }
    alter_result(result);
    return take(x509::sign_cms(signs_as, take(documents::write_review_result(result)),
                               {.signing_time = shop_.clock.now()}));
  }

  TestShop& shop_;
  std::map<Sha256Digest, Bytes> decided_;           // by instruction
  std::map<std::string, std::string> approved_of_;  // transaction → reference
};

}  // namespace countersign::merchant
