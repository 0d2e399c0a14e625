// SPDX-License-Identifier: Apache-2.0
// What the mechanisms of a confirmation cost beside the signatures that it cannot do without: `RawSignatures`
// is two P-256 verifications and one signature over a digest, `WholeConfirmation` all that is done to bytes
// and keys for one.
#include <benchmark/benchmark.h>

#include "crypto/digest.h"
#include "documents/confirmation.h"
#include "documents/order.h"
#include "sample/issuers.h"
#include "x509/cms.h"
#include "x509/ocsp.h"

namespace countersign {
namespace {

using x509::Issuer;
using x509::Name;
using x509::Role;

const TimePoint kNow = from_unix_seconds(1'795'000'000);

// One data centre with what stands around one order.
struct World {
  Name data_centre = Name::from_text("OU=seoul-1,OU=kr,O=Countersign Demo").value();
  Issuer ca = make_ca();
  Issuer merchant = issue(Role::kMerchant, "CN=Sample Shop,OU=merchants");
  Issuer purchaser = issue(Role::kPurchaser, "UID=p-7f3a,OU=purchasers");
  Issuer confirmation_signer = issue(Role::kConfirmationSigner, "CN=Confirmation Signer,OU=authority");
  Issuer responder = issue(Role::kOcspResponder, "CN=OCSP Responder,OU=authority");
  x509::CmsSigner signer = x509::CmsSigner::create(signer_of(confirmation_signer)).value();
  Bytes order = make_order();
  Bytes signed_order = x509::sign_cms(signer_of(purchaser), order, {x509::ContentType::kData, kNow}).value();
  Bytes countersigned_order =
      x509::sign_cms(signer_of(merchant), signed_order, {x509::ContentType::kSignedData, kNow}).value();
  documents::Confirmation confirmation = make_confirmation();

  static const World& instance() {
    static const World world;
    return world;
  }
  x509::Signer signer_of(const Issuer& holder) const {
    return {holder.certificate, holder.key, {ca.certificate}};
  }

 private:
  Issuer make_ca() const {
    return sample::make_ca(sample::make_root(kNow), {data_centre, {"shop.example"}, {}, {}}, kNow);
  }
  Issuer issue(Role role, const std::string& subject) const {
    sample::Particulars particulars;
    if (role == Role::kMerchant) particulars.names.dns = {"shop.example"};
    return sample::issue(ca, role, Name::from_text(subject + "," + data_centre.text()).value(), kNow,
                         particulars);
  }
  Bytes make_order() const {
    return documents::write_order({"0192f0c1-2a3b-7c4d-8e5f-001122334455",
                                   documents::OrderProfile::kDirect,
                                   documents::reference_to(merchant.certificate),
                                   documents::reference_to(purchaser.certificate),
                                   "https://shop.example",
                                   "c-81f2",
                                   data_centre,
                                   std::nullopt,
                                   {{"TEA-100", "녹차 100 g", 2, 12'000}, {"CUP-1", "Cup", 1, 8'500}},
                                   {32'500, "KRW"},
                                   kNow,
                                   kNow + std::chrono::minutes(15),
                                   Sha256Digest{9}})
        .value();
  }
  documents::ConfirmedParty confirmed(const Issuer& party) const {
    const x509::OcspAnswer answers[] = {{x509::make_cert_id(ca.certificate, party.certificate.serial()),
                                         {x509::StatusKind::kGood, {}, {}},
                                         kNow,
                                         kNow + std::chrono::hours(1)}};
    return {party.certificate.subject(), party.certificate.issuer(),
            party.certificate.serial(),  "",
            x509::KeyOrigin::kHolder,    x509::sign_ocsp_response(responder, answers, {}, kNow).value()};
  }
  documents::Confirmation make_confirmation() const {
    return {"f3d1c2b4-5a69-4788-9abc-def012345678",
            data_centre,
            41,
            kNow,
            "0192f0c1-2a3b-7c4d-8e5f-001122334455",
            crypto::sha256(order),
            {32'500, "KRW"},
            countersigned_order,
            std::nullopt,
            confirmed(merchant),
            confirmed(purchaser)};
  }
};

void verify_both(const World& world) {
  const x509::UnverifiedCms outer = x509::UnverifiedCms::parse(world.countersigned_order).value();
  const x509::VerifiedCms countersigned = x509::verify_cms(outer, world.merchant.certificate).value();
  const x509::UnverifiedCms inner = x509::UnverifiedCms::parse(countersigned.content).value();
  benchmark::DoNotOptimize(x509::verify_cms(inner, world.purchaser.certificate).value());
}

void RawSignatures(benchmark::State& state) {
  const World& world = World::instance();
  const Bytes message(200, 0x31);
  const Bytes signature = world.merchant.key.sign(message).value();
  for (auto _ : state) {
    benchmark::DoNotOptimize(world.merchant.certificate.public_key().verify(message, signature).has_value());
    benchmark::DoNotOptimize(world.merchant.certificate.public_key().verify(message, signature).has_value());
    benchmark::DoNotOptimize(world.confirmation_signer.key.sign(message).value());
  }
}
BENCHMARK(RawSignatures);

void ParseCountersignedOrder(benchmark::State& state) {
  const World& world = World::instance();
  for (auto _ : state)
    benchmark::DoNotOptimize(x509::UnverifiedCms::parse(world.countersigned_order).value());
}
BENCHMARK(ParseCountersignedOrder);

void VerifyWithKnownKeys(benchmark::State& state) {
  for (auto _ : state) verify_both(World::instance());
}
BENCHMARK(VerifyWithKnownKeys);

void VerifyDecodingTheCertificate(benchmark::State& state) {
  const World& world = World::instance();
  for (auto _ : state) {
    const x509::UnverifiedCms cms = x509::UnverifiedCms::parse(world.signed_order).value();
    const x509::Certificate signer = x509::Certificate::from_der(cms.signer_certificate_der()).value();
    benchmark::DoNotOptimize(x509::verify_cms(cms, signer).value());
  }
}
BENCHMARK(VerifyDecodingTheCertificate);

void ParseOrder(benchmark::State& state) {
  const World& world = World::instance();
  for (auto _ : state) benchmark::DoNotOptimize(documents::parse_order(world.order).value());
}
BENCHMARK(ParseOrder);

void WriteConfirmation(benchmark::State& state) {
  const World& world = World::instance();
  for (auto _ : state) benchmark::DoNotOptimize(documents::write_confirmation(world.confirmation));
}
BENCHMARK(WriteConfirmation);

void SignConfirmation(benchmark::State& state) {
  const World& world = World::instance();
  const Bytes content = documents::write_confirmation(world.confirmation);
  for (auto _ : state)
    benchmark::DoNotOptimize(world.signer.sign(content, {x509::ContentType::kData, kNow}).value());
}
BENCHMARK(SignConfirmation);

void SignOcspResponse(benchmark::State& state) {
  const World& world = World::instance();
  const x509::OcspAnswer answers[] = {
      {x509::make_cert_id(world.ca.certificate, world.merchant.certificate.serial()),
       {x509::StatusKind::kGood, {}, {}},
       kNow,
       kNow + std::chrono::hours(1)}};
  for (auto _ : state)
    benchmark::DoNotOptimize(x509::sign_ocsp_response(world.responder, answers, {}, kNow).value());
}
BENCHMARK(SignOcspResponse);

void WholeConfirmation(benchmark::State& state) {
  const World& world = World::instance();
  for (auto _ : state) {
    verify_both(world);
    benchmark::DoNotOptimize(documents::parse_order(world.order).value());
    const Bytes content = documents::write_confirmation(world.confirmation);
    benchmark::DoNotOptimize(world.signer.sign(content, {x509::ContentType::kData, kNow}).value());
  }
}
BENCHMARK(WholeConfirmation);

}  // namespace
}  // namespace countersign
