// SPDX-License-Identifier: Apache-2.0
#include "documents/consent.h"

#include "documents/document_samples.h"

namespace countersign::documents {
namespace {

Consent sample_consent() {
  return {"0192f0c1-2a3b-7c4d-8e5f-001122334455",
          ConsentKind::kEnrolment,
          sample_merchant(),
          "minji@mail.example",
          "ko",
          "인증서 발급에 동의합니다.",
          "2026-11",
          parse_time("2026-11-22T08:30:00Z").value(),
          ""};
}

TEST(Consent, ReadsBackAsItWasWritten) {
  Consent consent = sample_consent();
  consent.kind = ConsentKind::kRenewal;
  consent.renews = "8f00aa";
  const Result<Consent> read = parse_consent(write_consent(consent).value());
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read.value().id, consent.id);
  EXPECT_EQ(read.value().kind, consent.kind);
  EXPECT_EQ(read.value().merchant, consent.merchant);
  EXPECT_EQ(read.value().email, consent.email);
  EXPECT_EQ(read.value().locale, consent.locale);
  EXPECT_EQ(read.value().text, consent.text);
  EXPECT_EQ(read.value().text_version, consent.text_version);
  EXPECT_EQ(read.value().given, consent.given);
  EXPECT_EQ(read.value().renews, consent.renews);
}

TEST(Consent, DemandsEveryMemberAndNoOther) {
  expect_exact_members(write_consent(sample_consent()).value(), parse_consent);
}

TEST(Consent, RefusesWhatIsNoEvidence) {
  expect_refusals(
      write_consent(sample_consent()).value(), parse_consent,
      {
          {"AnotherType", [](auto& o) { o["type"] = "order"; }, ErrorCode::kUnsupported, "type"},
          {"KindUnknown", [](auto& o) { o["kind"] = "both"; }, ErrorCode::kUnsupported, "kind"},
          {"LocaleUnknown", [](auto& o) { o["locale"] = "xx"; }, ErrorCode::kUnsupported, "locale"},
          {"NoWords", [](auto& o) { o["text"] = ""; }, ErrorCode::kMalformed, "text"},
          {"TooManyWords", [](auto& o) { o["text"] = std::string(4001, 'x'); }, ErrorCode::kMalformed,
           "text"},
          {"NoVersion", [](auto& o) { o["textVersion"] = ""; }, ErrorCode::kMalformed, "textVersion"},
          {"NotAnAddress", [](auto& o) { o["email"] = "minji"; }, ErrorCode::kMalformed, "email"},
          {"AddressWithSpace", [](auto& o) { o["email"] = "a b@mail.example"; }, ErrorCode::kMalformed,
           "email"},
          {"TwoAddresses", [](auto& o) { o["email"] = "a@x.example,b@x.example"; }, ErrorCode::kMalformed,
           "email"},
          {"RenewsAtEnrolment", [](auto& o) { o["renews"] = "8f00aa"; }, ErrorCode::kMalformed, "renews"},
          {"SerialInCapitals",
           [](auto& o) {
             o["kind"] = "renewal";
             o["renews"] = "8F00AA";
           },
           ErrorCode::kMalformed, "renews"},
      });
}

TEST(ConsentAcceptance, ReadsBackAsItWasWritten) {
  const ConsentAcceptance acceptance{"enrolment-1", Sha256Digest{1}, Sha256Digest{2}, Sha256Digest{3},
                                     parse_time("2026-11-22T08:30:00Z").value()};
  const Bytes written = write_consent_acceptance(acceptance).value();
  const Result<ConsentAcceptance> read = parse_consent_acceptance(written);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read.value().enrolment, acceptance.enrolment);
  EXPECT_EQ(read.value().consent, acceptance.consent);
  EXPECT_EQ(read.value().signing_certificate, acceptance.signing_certificate);
  EXPECT_EQ(read.value().agreement_certificate, acceptance.agreement_certificate);
  EXPECT_EQ(read.value().accepted, acceptance.accepted);
  expect_exact_members(written, parse_consent_acceptance);
}

TEST(ConsentAcceptance, GivesBackWhatCameSealedToTheAgreementKey) {
  ConsentAcceptance acceptance{"enrolment-1", Sha256Digest{1}, Sha256Digest{2}, Sha256Digest{3},
                               parse_time("2026-11-22T08:30:00Z").value()};
  EXPECT_FALSE(
      parse_consent_acceptance(write_consent_acceptance(acceptance).value()).value().agreement_proof);
  acceptance.agreement_proof = Sha256Digest{4};
  const Bytes written = write_consent_acceptance(acceptance).value();
  EXPECT_EQ(parse_consent_acceptance(written).value().agreement_proof, Sha256Digest{4});
  expect_refusals(written, parse_consent_acceptance,
                  {{"no digest", [](auto& object) { object["agreementProof"] = "00"; }, ErrorCode::kMalformed,
                    "agreementProof"},
                   {"null", [](auto& object) { object["agreementProof"] = nullptr; }, ErrorCode::kMalformed,
                    "agreementProof"}});
}

TEST(AgreementCertificate, ReadsBackAsItWasWritten) {
  const AgreementCertificate document{"enrolment-1", Bytes(300, 7), Sha256Digest{4}};
  const auto written = write_agreement_certificate(document);
  const auto read = parse_agreement_certificate(written);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read.value().enrolment, document.enrolment);
  EXPECT_EQ(read.value().certificate, document.certificate);
  EXPECT_EQ(read.value().proof, document.proof);
  expect_exact_members(to_bytes(written.reveal(crypto::SecretAccess{})), [](BytesView json) {
    return parse_agreement_certificate(crypto::SecretBytes::copy_of(json));
  });
}

TEST(ConsentAcceptance, IsNotAConsent) {
  EXPECT_EQ(parse_consent_acceptance(write_consent(sample_consent()).value()).error().code,
            ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace countersign::documents
