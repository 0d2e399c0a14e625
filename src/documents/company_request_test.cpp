// SPDX-License-Identifier: Apache-2.0
#include "documents/company_request.h"

#include "documents/document_samples.h"

namespace countersign::documents {
namespace {

using enum ErrorCode;

const Bytes kOne = to_bytes(std::string_view("one"));
const Bytes kTwo = to_bytes(std::string_view("two"));
const Bytes kThree = to_bytes(std::string_view("three"));
const Bytes kFour = to_bytes(std::string_view("four"));

TEST(CompanyCertificates, ReadBackAsTheyWereWritten) {
  const CompanyCertificates certificates{kOne, kTwo, kThree, kFour};
  const Bytes json = write_company_certificates(certificates).value();
  EXPECT_EQ(parse_company_certificates(json).value(), certificates);
  expect_exact_members(json, parse_company_certificates);
  expect_refusals(
      json, parse_company_certificates,
      {{"a certificate without end", [](auto& o) { o["certificate"] = std::string(16 << 10, 'A'); },
        kTooLarge, "certificate"},
       {"not base64", [](auto& o) { o["agreementStatus"] = "!"; }, kMalformed, "agreementStatus"}});
}

TEST(SplitAuthorizationRequest, ReadsBackAsItWasWritten) {
  const Bytes json = write_split_authorization_request({kOne, kTwo, kThree}).value();
  const auto read = parse_split_authorization_request(json).value();
  EXPECT_EQ(read.agreement, kOne);
  EXPECT_EQ(read.signed_order, kTwo);
  EXPECT_EQ(read.payment, kThree);
  expect_exact_members(json, parse_split_authorization_request);
  expect_refusals(
      json, parse_split_authorization_request,
      {{"a readable payment", [](auto& o) { o["payment"] = boost::json::object(); }, kMalformed, "payment"},
       {"an order of full length", [](auto& o) { o["signedOrder"] = std::string(64 << 10, 'A'); }, kTooLarge,
        "signedOrder"},
       {"of another type", [](auto& o) { o["type"] = "authorization-request"; }, kUnsupported, "type"}});
}

TEST(CaptureRequest, ReadsBackAsItWasWritten) {
  const Bytes json = write_capture_request({"order-1", kOne, {62000, "KRW"}}).value();
  const auto read = parse_capture_request(json).value();
  EXPECT_EQ(read.reference, "order-1");
  EXPECT_EQ(read.extract, kOne);
  EXPECT_EQ(read.amount, (Amount{62000, "KRW"}));
  expect_exact_members(json, parse_capture_request);
  expect_refusals(json, parse_capture_request,
                  {{"no reference", [](auto& o) { o["reference"] = ""; }, kMalformed, "reference"},
                   {"less than nothing", [](auto& o) { o["amount"] = -1; }, kMalformed, "amount"},
                   {"no currency", [](auto& o) { o["currency"] = "won"; }, kMalformed, "currency"}});
}

TEST(RefundRequest, ReadsBackAsItWasWritten) {
  const Bytes json = write_refund_request({"refund-1", "a-1", {1000, "KRW"}}).value();
  const auto read = parse_refund_request(json).value();
  EXPECT_EQ(read.reference, "refund-1");
  EXPECT_EQ(read.authorization, "a-1");
  EXPECT_EQ(read.amount, (Amount{1000, "KRW"}));
  expect_exact_members(json, parse_refund_request);
  expect_refusals(
      json, parse_refund_request,
      {{"of no authorization", [](auto& o) { o["authorization"] = ""; }, kMalformed, "authorization"}});
}

TEST(MovementAnswer, ReadsBackAsItWasWritten) {
  const MovementAnswer answer{"m-1", "capture",      "order-1",
                              "a-1", {62000, "KRW"}, parse_time("2026-11-22T08:31:00Z").value()};
  const Bytes json = write_movement_answer(answer).value();
  EXPECT_EQ(parse_movement_answer(json).value(), answer);
  expect_exact_members(json, parse_movement_answer);
  expect_refusals(json, parse_movement_answer,
                  {{"another kind", [](auto& o) { o["kind"] = "payout"; }, kUnsupported, "kind"}});
}

TEST(ConfirmationRequest, ReadsBackAsItWasWritten) {
  const Bytes json = write_confirmation_request({kOne, kTwo}).value();
  const auto read = parse_confirmation_request(json).value();
  EXPECT_EQ(read.countersigned_order, kOne);
  EXPECT_EQ(read.review, kTwo);
  expect_exact_members(json, parse_confirmation_request);
  expect_refusals(json, parse_confirmation_request,
                  {{"no review", [](auto& o) { o["review"] = nullptr; }, kMalformed, "review"}});
}

TEST(ExtractRequest, ReadsBackAsItWasWritten) {
  const Bytes json = write_extract_request({"0192f0c1-2a3b-7c4d-8e5f-001122334455", {5}}).value();
  const auto read = parse_extract_request(json).value();
  EXPECT_EQ(read.order_id, "0192f0c1-2a3b-7c4d-8e5f-001122334455");
  EXPECT_EQ(read.order_digest, Sha256Digest{5});
  expect_exact_members(json, parse_extract_request);
  expect_refusals(json, parse_extract_request,
                  {{"not an order's id", [](auto& o) { o["orderId"] = "1"; }, kMalformed, "orderId"},
                   {"half a digest", [](auto& o) { o["orderDigest"] = "05"; }, kMalformed, "orderDigest"}});
}

}  // namespace
}  // namespace countersign::documents
