// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/split/review_store.h"

namespace countersign::cardcompany {
namespace {

constexpr std::string_view kColumns =
    "SELECT r.authorization_id, r.result, r.signed_result FROM reviews r "
    "JOIN authorizations a ON a.id = r.authorization_id WHERE a.merchant = $1 AND ";

Result<std::optional<StoredReview>> query(storage::Reader& reader, std::string_view condition,
                                          const storage::Values& values) {
  TRY(const auto row, reader.query_one(std::string(kColumns) + std::string(condition), values));
  if (!row) return std::nullopt;
  TRY(auto authorization, find_authorization(reader, row->text(0)));
  if (!authorization) return fail(ErrorCode::kInternal, "review: of no authorization");
  TRY(auto result, documents::parse_review_result(row->blob(1)));
  return std::optional<StoredReview>(StoredReview{std::move(*authorization), std::move(result),
                                                  documents::review_digest(row->blob(1)), row->blob(2)});
}

}  // namespace

Result<std::optional<StoredReview>> find_review_of_request(storage::Reader& reader, std::string_view merchant,
                                                           const Sha256Digest& request) {
  return query(reader, "r.request_digest = $2", {std::string(merchant), to_bytes(request)});
}

Result<std::optional<StoredReview>> find_review_of_reference(storage::Reader& reader,
                                                             std::string_view merchant,
                                                             std::string_view reference) {
  return query(reader, "a.reference = $2", {std::string(merchant), std::string(reference)});
}

Result<std::optional<StoredReview>> find_review(storage::Reader& reader, std::string_view merchant,
                                                std::string_view authorization) {
  return query(reader, "a.id = $2", {std::string(merchant), std::string(authorization)});
}

Result<void> insert_review(storage::Transaction& transaction, const NewReview& review) {
  TRY(transaction.execute(
      "INSERT INTO reviews (authorization_id, request_digest, review_digest, result, signed_result) "
      "VALUES ($1, $2, $3, $4, $5)",
      {review.authorization, to_bytes(review.request), to_bytes(documents::review_digest(review.result)),
       review.result, review.signed_result}));
  return ok();
}

}  // namespace countersign::cardcompany
