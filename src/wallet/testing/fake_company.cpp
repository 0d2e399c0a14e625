// SPDX-License-Identifier: Apache-2.0
#include "wallet/testing/fake_company.h"

#include "x509/cms_envelope.h"

namespace countersign::wallet {
namespace {

std::string subject_of(std::string_view common_name) {
  return "CN=" + std::string(common_name) + ",OU=card-companies,OU=seoul-1,OU=kr,O=Countersign Demo";
}

}  // namespace

FakeCompany::FakeCompany(const evidence::Trade& its_trade, std::string_view common_name)
    : trade(its_trade),
      signer(trade.issue(x509::Role::kCardCompany, subject_of(common_name))),
      agreement(trade.issue(x509::Role::kCardCompanyAgreement, subject_of(common_name))) {}

documents::SplitOffer FakeCompany::offer(Bytes order, std::vector<documents::PaymentMethod> methods) const {
  return {std::move(order),
          signer.certificate.der(),
          trade.status_of(signer.certificate),
          agreement.certificate.der(),
          trade.status_of(agreement.certificate),
          std::move(methods)};
}

Result<documents::SplitInstruction> FakeCompany::open(BytesView envelope, Sha256Digest& digest) const {
  TRY(const auto content,
      x509::open_sealed_to(agreement.certificate, x509::agreement_by(agreement.key), envelope));
  digest = documents::instruction_digest(content);
  return documents::parse_split_instruction(content);
}

Bytes FakeCompany::sign(const documents::ReviewResult& result) const {
  return trade.sign(signer, take(documents::write_review_result(result)));
}

Bytes FakeCompany::relayed(const documents::ReviewResult& result) const {
  return trade.sign(trade.merchant, sign(result), x509::ContentType::kSignedData);
}

documents::ReviewResult approval(const documents::SplitTerms& terms, const Sha256Digest& instruction) {
  return {
      terms, instruction, true, "authorization-1", "", terms.expires, terms.expires + std::chrono::hours(24)};
}

documents::ReviewResult refusal(const documents::SplitTerms& terms, const Sha256Digest& instruction,
                                std::string code) {
  return {terms, instruction, false, "", std::move(code), terms.expires, std::nullopt};
}

const FakeCompany& hanok_card(const evidence::Trade& trade) {
  static const FakeCompany kMade(trade, "Hanok Card");
  return kMade;
}

const FakeCompany& other_card(const evidence::Trade& trade) {
  static const FakeCompany kMade(trade, "Other Card");
  return kMade;
}

}  // namespace countersign::wallet
