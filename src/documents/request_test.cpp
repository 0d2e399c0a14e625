// SPDX-License-Identifier: Apache-2.0
#include "documents/request.h"

#include "documents/document_samples.h"

namespace countersign::documents {
namespace {

HolderRequest sample_request(HolderAction action) {
  HolderRequest request{action,
                        sample_data_centre(),
                        sample_purchaser(),
                        parse_time("2026-11-22T08:30:00Z").value(),
                        Sha256Digest{7},
                        {},
                        {},
                        {},
                        {},
                        {}};
  if (action == HolderAction::kFindConfirmation) {
    request.order_id = "0192f0c1-2a3b-7c4d-8e5f-001122334455";
    request.order_digest = Sha256Digest{8};
  }
  if (action == HolderAction::kChangeAddress) request.email = "new@mail.example";
  if (action == HolderAction::kRenew) {
    request.signing_request = {1, 2, 3};
    request.agreement_request = {4, 5, 6};
  }
  return request;
}

TEST(HolderRequest, ReadsBackAsItWasWrittenForEveryAction) {
  for (const HolderAction action :
       {HolderAction::kFindConfirmation, HolderAction::kListCertificates, HolderAction::kSuspend,
        HolderAction::kRenew, HolderAction::kChangeAddress}) {
    const HolderRequest request = sample_request(action);
    const Bytes written = write_holder_request(request).value();
    const Result<HolderRequest> read = parse_holder_request(written);
    ASSERT_TRUE(read) << action_name(action) << read.error().detail;
    EXPECT_EQ(read.value().action, action);
    EXPECT_EQ(read.value().audience, request.audience);
    EXPECT_EQ(read.value().holder, request.holder);
    EXPECT_EQ(read.value().time, request.time);
    EXPECT_EQ(read.value().nonce, request.nonce);
    EXPECT_EQ(read.value().order_id, request.order_id);
    EXPECT_EQ(read.value().order_digest, request.order_digest);
    EXPECT_EQ(read.value().email, request.email);
    EXPECT_EQ(read.value().signing_request, request.signing_request);
    EXPECT_EQ(read.value().agreement_request, request.agreement_request);
    expect_exact_members(written, parse_holder_request);
  }
}

TEST(HolderRequest, ForARenewalWithKeysOfTheAuthorityCarriesNone) {
  HolderRequest request = sample_request(HolderAction::kRenew);
  request.signing_request.clear();
  EXPECT_FALSE(write_holder_request(request)) << "an agreement key without a signing key";
  request.agreement_request.clear();
  const Result<HolderRequest> read = parse_holder_request(write_holder_request(request).value());
  ASSERT_TRUE(read);
  EXPECT_TRUE(read.value().signing_request.empty());
}

TEST(HolderRequest, ForARenewalMayNameAnAgreementKeyThatDoesNotSign) {
  HolderRequest request = sample_request(HolderAction::kRenew);
  request.agreement_request.clear();
  const Bytes written = write_holder_request(request).value();
  EXPECT_EQ(parse_holder_request(written).value().signing_request, request.signing_request);
  EXPECT_TRUE(parse_holder_request(written).value().agreement_request.empty());
  expect_refusals(written, parse_holder_request,
                  {{"EmptyInsteadOfNull", [](auto& o) { o["keys"].as_object()["agreement"] = ""; },
                    ErrorCode::kMalformed, "agreement"}});
}

TEST(HolderRequest, RefusesTheMembersOfAnotherAction) {
  expect_refusals(
      write_holder_request(sample_request(HolderAction::kSuspend)).value(), parse_holder_request,
      {
          {"AddressWithSuspend", [](auto& o) { o["email"] = "a@x.example"; }, ErrorCode::kMalformed,
           "email: unknown"},
          {"ActionUnknown", [](auto& o) { o["action"] = "delete"; }, ErrorCode::kUnsupported, "action"},
          {"AnotherType", [](auto& o) { o["type"] = "order"; }, ErrorCode::kUnsupported, "type"},
          {"AudienceNotAName", [](auto& o) { o["audience"] = "seoul"; }, ErrorCode::kMalformed, "audience"},
          {"FindWithoutOrder", [](auto& o) { o["action"] = "find-confirmation"; }, ErrorCode::kMalformed,
           "order"},
          {"ChangeWithoutAddress", [](auto& o) { o["action"] = "change-address"; }, ErrorCode::kMalformed,
           "email"},
      });
}

TEST(HolderRequest, AsksForAConfirmationOnlyByIdAndDigest) {
  HolderRequest request = sample_request(HolderAction::kFindConfirmation);
  request.order_digest.reset();
  EXPECT_EQ(write_holder_request(request).error().code, ErrorCode::kMalformed);
}

TEST(MerchantRenewal, ReadsBackAsItWasWritten) {
  const MerchantRenewal renewal{sample_data_centre(),
                                sample_merchant(),
                                {1, 2, 3},
                                parse_time("2026-11-22T08:30:00Z").value(),
                                Sha256Digest{4}};
  const Bytes written = write_merchant_renewal(renewal).value();
  const Result<MerchantRenewal> read = parse_merchant_renewal(written);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read.value().audience, renewal.audience);
  EXPECT_EQ(read.value().merchant, renewal.merchant);
  EXPECT_EQ(read.value().pkcs10, renewal.pkcs10);
  EXPECT_EQ(read.value().time, renewal.time);
  EXPECT_EQ(read.value().nonce, renewal.nonce);
  expect_exact_members(written, parse_merchant_renewal);
  expect_refusals(written, parse_merchant_renewal,
                  {
                      {"NoRequest", [](auto& o) { o["pkcs10"] = ""; }, ErrorCode::kMalformed, "pkcs10"},
                      {"LongRequest", [](auto& o) { o["pkcs10"] = std::string(12000, 'A'); },
                       ErrorCode::kTooLarge, "pkcs10"},
                  });
}

}  // namespace
}  // namespace countersign::documents
