// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>

#include <atomic>
#include <map>

#include "cardcompany/split/split_desk.h"
#include "cardcompany/testing/sample_company.h"
#include "crypto/digest.h"
#include "documents/company_request.h"
#include "documents/extract.h"
#include "http/server.h"
#include "x509/cms_detached.h"
#include "x509/cms_envelope.h"
#include "x509/sample_network.h"

// A network around the sample company: merchants, purchasers, the authority that confirms and states
// statuses, and all that they sign and seal for a split payment.
namespace countersign::cardcompany {

// Split is one payment as wallet and merchant make it, to be changed by a test before it is sent.
struct Split {
  Bytes order;                   // what the purchaser signs; the company never gets it
  documents::SplitTerms agreed;  // what the merchant agrees to
  documents::SplitTerms sealed;  // what the purchaser seals
};

inline Sha256Digest random_digest() {
  Sha256Digest digest{};
  std::ranges::copy(crypto::random_bytes(digest.size()), digest.begin());
  return digest;
}

class SplitTest : public CompanyTest {
 protected:
  void SetUp() override {
    CompanyTest::SetUp();
    take(accounts->bind(id, purchaser.certificate.subject().text()));
    http::Router router;
    router.add_blocking("POST", "/ocsp", [this](const http::Request& request) { return state(request); });
    authority = take(http::Server::start({}, std::move(router)));
    trust = std::make_shared<network::AnchorSource>(
        network::OwnDataCentre{anchor, network.data_centre,
                               "http://127.0.0.1:" + std::to_string(authority->port())},
        take(network::KeptMap::open(folder.path() / "network-map.json", network.root.certificate, clock)));
    status = std::make_unique<PartyStatus>(trust, clock);
    split = std::make_unique<SplitDesk>(SplitDesk::Parts{*database, desk, *status, clock},
                                        SplitDesk::Company{cms_signer(signing), agreement, trust});
  }

  x509::CmsSigner cms_signer(const x509::Issuer& holder) const {
    return take(x509::CmsSigner::create(network.signer_of(holder)));
  }
  Bytes sign(const x509::Issuer& by, BytesView content, std::optional<Sha256Digest> payment = {}) const {
    return take(
        cms_signer(by).sign(content, {.signing_time = clock.now(), .payment_digest = std::move(payment)}));
  }

  // A payment of an order of its own.
  Split sale(std::int64_t amount = 30'000, std::string transaction = "") const {
    if (transaction.empty()) transaction = crypto::random_uuid_v7(clock.now());
    Bytes order = to_bytes("the order " + transaction);
    documents::SplitTerms terms{.merchant = documents::reference_to(merchant.certificate),
                                .purchaser = documents::reference_to(purchaser.certificate),
                                .card_company = documents::reference_to(agreement.certificate),
                                .order = crypto::sha256(order),
                                .amount = {amount, "KRW"},
                                .transaction = std::move(transaction),
                                .expires = clock.now() + Seconds{900}};
    return {std::move(order), terms, terms};
  }
  // S36–S37, by the wallet.
  struct Sealed {
    Bytes envelope;
    Sha256Digest instruction;
  };
  Sealed seal(const documents::SplitTerms& terms, documents::PaymentData means = card()) const {
    const auto json = take(documents::write_split_instruction({terms, random_digest(), std::move(means)}));
    return {take(x509::seal_to(agreement.certificate, json)), documents::instruction_digest(json)};
  }
  // The same of another purchaser than ours.
  documents::SplitAuthorizationRequest request_by(const x509::Issuer& buyer, Split sale,
                                                  documents::PaymentData means) const {
    sale.agreed.purchaser = sale.sealed.purchaser = documents::reference_to(buyer.certificate);
    auto sealed = seal(sale.sealed, std::move(means));
    return {agreement_of(sale.agreed),
            take(x509::detach_content(sign(buyer, sale.order, sealed.instruction))),
            std::move(sealed.envelope)};
  }
  Bytes signed_order(BytesView order, const Sha256Digest& instruction) const {
    return take(x509::detach_content(sign(purchaser, order, instruction)));
  }
  Bytes agreement_of(const documents::SplitTerms& terms) const {
    return sign(merchant, take(documents::write_agreement(terms)));
  }
  // S42–S43, by the merchant; each time of another instruction.
  documents::SplitAuthorizationRequest request(const Split& sale,
                                               documents::PaymentData means = card()) const {
    auto sealed = seal(sale.sealed, std::move(means));
    return {agreement_of(sale.agreed), signed_order(sale.order, sealed.instruction),
            std::move(sealed.envelope)};
  }

  Result<Bytes> authorize(const documents::SplitAuthorizationRequest& asked) {
    return split->authorize(merchant.certificate, asked);
  }
  // What the company says, verified as merchant and wallet do.
  documents::ReviewResult result_of(const Bytes& der) const {
    const auto verified =
        take(x509::verify_signed_document(der, *anchor, x509::Role::kCardCompany, clock.now()));
    EXPECT_TRUE(verified.signer == signing.certificate);
    return take(documents::parse_review_result(verified.cms.content));
  }
  documents::ReviewResult review(const documents::SplitAuthorizationRequest& asked) {
    return result_of(take(authorize(asked)));
  }
  // What the authority says of the confirmed order whose payment was approved by this.
  documents::Extract extract_of(const Bytes& signed_result) const {
    const auto cms = take(x509::UnverifiedCms::parse(signed_result));
    const auto result = result_of(signed_result);
    return {.confirmation = crypto::random_uuid_v4(),
            .data_centre = network.data_centre,
            .index = 7,
            .time = clock.now(),
            .order_id = result.terms.transaction,
            .order_digest = result.terms.order,
            .total = result.terms.amount,
            .merchant = result.terms.merchant.subject,
            .purchaser = result.terms.purchaser.subject,
            .review =
                documents::Review{documents::review_digest(cms.unverified_content()), result.authorization}};
  }
  documents::CaptureRequest capture_of(const documents::Extract& extract) const {
    return {extract.order_id, sign(confirmation, take(documents::write_extract(extract))), extract.total};
  }
  Result<documents::MovementAnswer> capture_split(const documents::CaptureRequest& asked) {
    return split->capture(merchant.certificate, asked);
  }
  std::size_t decisions() {
    std::size_t number = 0;
    take(database->read([&](storage::Reader& reader) -> Result<void> {
      TRY(const auto all, list_authorizations(reader, "", 1000));
      number = all.size();
      return ok();
    }));
    return number;
  }

  x509::SampleNetwork network;
  std::shared_ptr<const x509::TrustAnchor> anchor = std::make_shared<const x509::TrustAnchor>(network.anchor);
  x509::Issuer merchant = network.issue(x509::Role::kMerchant, "CN=Hanok Books,OU=merchants");  // kShop
  x509::Issuer other_merchant = network.issue(x509::Role::kMerchant, "CN=Namsan Tea,OU=merchants");
  x509::Issuer purchaser = network.issue_purchaser("p-1");
  x509::Issuer other_purchaser = network.issue_purchaser("p-2");
  x509::Issuer signing = network.issue(x509::Role::kCardCompany, "CN=Han River Card,OU=card-companies");
  x509::Issuer agreement =
      network.issue(x509::Role::kCardCompanyAgreement, "CN=Han River Card,OU=card-companies");
  x509::Issuer confirmation =
      network.issue(x509::Role::kConfirmationSigner, "CN=Confirmation Signer,OU=authority");
  x509::Issuer responder = network.issue_responder();
  std::map<std::string, x509::CertificateStatus> statuses;  // by serial; good where nothing is said
  std::atomic<int> questions = 0;                           // that the authority was asked
  TemporaryFolder folder;
  std::shared_ptr<countersign::network::AnchorSource> trust;
  std::unique_ptr<http::Server> authority;
  std::unique_ptr<PartyStatus> status;
  std::unique_ptr<SplitDesk> split;

 private:
  http::Response state(const http::Request& request) {
    ++questions;
    const auto asked = take(x509::parse_ocsp_request(request.body, network.ca.certificate));
    const auto& question = asked.questions.front();
    x509::OcspAnswer answer{
        question.cert_id, {x509::StatusKind::kGood, {}, {}}, clock.now(), clock.now() + Seconds{600}};
    if (const auto said = statuses.find(question.serial.hex()); said != statuses.end())
      answer.status = said->second;
    return http::der_response(
        200, take(x509::sign_ocsp_response(responder, {&answer, 1}, asked.nonce, clock.now())),
        "application/ocsp-response");
  }
};

}  // namespace countersign::cardcompany
