// SPDX-License-Identifier: Apache-2.0
#include "merchant/statement_check.h"

#include <algorithm>

#include "x509/cms.h"

namespace countersign::merchant {
namespace {

auto of_another_dialogue(std::string_view member) {
  return fail(ErrorCode::kConflict, "statement." + std::string(member) + ": of another dialogue");
}

Result<void> check_binding(const documents::PersonalInformation& information, const Dialogue& dialogue,
                           const Checkout& checkout) {
  if (information.checkout != checkout.id) return of_another_dialogue("checkout");
  if (information.origin != checkout.origin)
    return fail(ErrorCode::kWrongOrigin, "statement.origin: not the page that this checkout was made for");
  if (information.merchant != dialogue.merchant) return of_another_dialogue("merchant");
  if (information.purpose != checkout.purpose) return of_another_dialogue("purpose");
  if (information.profile != dialogue.profile) return of_another_dialogue("profile");
  if (information.gateway_nonce != dialogue.gateway_nonce) return of_another_dialogue("gatewayNonce");
  if (information.wallet_nonce != dialogue.wallet_nonce) return of_another_dialogue("walletNonce");
  return ok();
}

Result<void> check_fields(const std::vector<documents::AnsweredField>& released,
                          const std::vector<documents::RequestedField>& requested) {
  for (const auto& answered : released)
    if (std::ranges::find(requested, answered.field) == requested.end())
      return fail(ErrorCode::kForbidden, "statement.fields: more than was asked for");
  if (released.size() != requested.size())
    return fail(ErrorCode::kConsentMissing, "statement.fields: not all that was asked for");
  return ok();
}

}  // namespace

Result<documents::PersonalInformation> check_statement(BytesView statement, const Dialogue& dialogue,
                                                       const Checkout& checkout) {
  TRY(const auto purchaser, x509::Certificate::from_der(dialogue.purchaser));
  TRY(const auto cms, x509::UnverifiedCms::parse(statement));
  if (cms.content_type() != x509::ContentType::kData)
    return fail(ErrorCode::kMalformed, "statement: the content is not data");
  if (cms.signer_fingerprint() != purchaser.fingerprint())
    return fail(ErrorCode::kForbidden, "statement: signed with another certificate than opened the dialogue");
  TRY(const auto verified, x509::verify_cms(cms, purchaser));
  TRY(auto information, documents::parse_personal_information(verified.content));
  TRY(check_binding(information, dialogue, checkout));
  TRY(check_fields(information.fields, checkout.fields));
  return information;
}

}  // namespace countersign::merchant
