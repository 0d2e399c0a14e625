// SPDX-License-Identifier: Apache-2.0
// Orders whose payment was split (profile set), and the card company's result on them.
#include "evidence/examination.h"

namespace countersign::evidence {
namespace {

constexpr std::string_view kRelayedResult = "relayedResult";
constexpr std::string_view kReviewResult = "reviewResult";

}  // namespace

void Examination::read_review(BytesView der) {
  review_path_ = kReviewResult;
  const auto cms = x509::UnverifiedCms::parse(der);
  if (!cms) return find(cms.error(), review_path_);
  if (cms.value().content_type() == x509::ContentType::kData) return read_review_result(review_path_, der);
  review_path_ = std::string(kRelayedResult) + "." + std::string(kReviewResult);
  if (add_layer(std::string(kRelayedResult), x509::Role::kMerchant, der) == nullptr) return;
  read_review_result(review_path_, cms.value().unverified_content());
}

void Examination::read_review_result(const std::string& path, BytesView der) {
  Layer* layer = add_layer(path, x509::Role::kCardCompany, der);
  if (layer == nullptr) return;
  if (layer->cms.content_type() != x509::ContentType::kData)
    return find(ErrorCode::kMalformed, path, "its content is not a review result");
  review_bytes_ = to_bytes(layer->cms.unverified_content());
  auto result = documents::parse_review_result(review_bytes_);
  if (!result) return find(result.error(), path);
  report_.review_result = std::move(result).value();
}

// A purchaser signs a payment together with an order of profile set; no other signature covers one.
void Examination::judge_payments() {
  for (const Layer& layer : layers_) {
    if (!layer.verified) continue;  // found already
    const bool is_order = layer.role == x509::Role::kPurchaser;
    if (is_order && !report_.order) continue;
    const bool is_split = is_order && report_.order->profile == documents::OrderProfile::kSet;
    if (layer.verified->payment_digest.has_value() == is_split) continue;
    find(ErrorCode::kSignatureInvalid, layer.path,
         is_split ? "the signature covers no payment, which the order's profile needs"
                  : "the signature covers a payment, which has no place here");
  }
}

void Examination::judge_review() {
  if (review_path_.empty()) return;
  if (!report_.order)
    return find(ErrorCode::kUnsupported, review_path_, "there is no order that it could be of");
  const auto expected = documents::terms_of(*report_.order, report_.order_bytes);
  if (!expected) return find(ErrorCode::kConflict, review_path_, "the order's payment was not split");
  judge_review_signers(*report_.order);
  if (!report_.review_result) return;  // found already
  judge_reviewed(*report_.review_result, expected.value());
  if (report_.confirmation) judge_named_review(*report_.review_result, *report_.confirmation);
}

void Examination::judge_review_signers(const documents::Order& order) {
  const Layer* company = layer_at(review_path_);
  if (company != nullptr && company->signer && company->signer->subject() != order.card_company->subject) {
    find(ErrorCode::kForbidden, review_path_ + ".signer", "is not the order's card company");
  }
  const Layer* merchant = layer_at(kRelayedResult);
  if (merchant != nullptr && merchant->signer && merchant->signer->subject() != order.merchant.subject) {
    find(ErrorCode::kForbidden, std::string(kRelayedResult) + ".signer", "is not the order's merchant");
  }
}

void Examination::judge_reviewed(const documents::ReviewResult& result,
                                 const documents::SplitTerms& expected) {
  if (const auto differs = documents::first_difference(result.terms, expected); !differs.empty()) {
    find(differs == "amount" ? ErrorCode::kAmountMismatch : ErrorCode::kConflict,
         review_path_ + "." + std::string(differs), "is not the order's");
  }
  const Layer* purchaser = layer_of(x509::Role::kPurchaser);
  if (purchaser == nullptr || !purchaser->verified) return;  // found already
  if (purchaser->verified->payment_digest != result.instruction) {
    find(ErrorCode::kConflict, review_path_ + ".instruction",
         "is not the payment that the purchaser signed with the order");
  }
}

void Examination::judge_named_review(const documents::ReviewResult& result,
                                     const documents::Confirmation& confirmation) {
  if (!result.approved)
    find(ErrorCode::kForbidden, review_path_ + ".verdict", "was declined, and yet the order was confirmed");
  if (!confirmation.review) return;  // found already
  if (confirmation.review->digest != documents::review_digest(review_bytes_))
    find(ErrorCode::kConflict, "confirmation.review.digest", "names another review result");
  if (confirmation.review->code != result.authorization)
    find(ErrorCode::kConflict, "confirmation.review.code", "is not the authorization of the review result");
}

}  // namespace countersign::evidence
