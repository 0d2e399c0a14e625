// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include "authority/enrolment/enrolments.h"
#include "authority/enrolment/suspension.h"
#include "authority/testing/test_authority.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "documents/consent.h"
#include "x509/cms.h"
#include "x509/pkcs12.h"

namespace countersign::authority {

// An authority with one active merchant, and what a merchant and a wallet do on their side of an enrolment.
class EnrolmentTest : public ::testing::Test {
 protected:
  EnrolmentTest() { authority.enter(merchant.certificate); }

  documents::Consent consent_of(std::string email = "kim@example.kr") {
    return {.id = crypto::random_uuid_v7(authority.clock.now()),
            .kind = documents::ConsentKind::kEnrolment,
            .merchant = documents::reference_to(merchant.certificate),
            .email = std::move(email),
            .locale = "en",
            .text = "I agree that Shop applies for a certificate on my behalf.",
            .text_version = "1",
            .given = from_unix_seconds(unix_seconds(authority.clock.now())),
            .renews = ""};
  }
  Bytes sign(const x509::Signer& signer, BytesView content) {
    return take(x509::sign_cms(signer, content, {x509::ContentType::kData, authority.clock.now()}));
  }
  Bytes signed_consent(const documents::Consent& consent) {
    return sign(merchant, take(documents::write_consent(consent)));
  }
  Result<EnrolmentTicket> apply(const documents::Consent& consent) {
    return enrolments->apply(signed_consent(consent), merchant.certificate);
  }

  // What the wallet holds after it opened the key file.
  struct Wallet {
    x509::Signer signing;
    x509::Signer agreement;
    x509::Certificate root;
  };
  Wallet open(BytesView file, std::string_view password) {
    const auto opened = take(x509::open_pkcs12(file, crypto::SecretBytes::copy_of(as_bytes(password))));
    const auto find = [&](x509::Role role) -> x509::Signer {
      for (const auto& pair : opened.keys) {
        if (pair.certificate.role() == role)
          return {pair.certificate, pair.key, {authority.network.ca.certificate}};
      }
      throw std::runtime_error("key missing in the file");
    };
    for (const auto& one : opened.authorities) {
      if (one.subject() == one.issuer()) {
        return {find(x509::Role::kPurchaser), find(x509::Role::kPurchaserAgreement), one};
      }
    }
    throw std::runtime_error("root missing in the file");
  }
  Wallet fetch_and_open(const EnrolmentTicket& ticket) {
    authority.deliver_mails();
    return open(take(enrolments->fetch_key_file(ticket.id, ticket.token)),
                authority.mailbox.newest_password());
  }
  documents::ConsentAcceptance acceptance_of(const std::string& id, BytesView consent, const Wallet& wallet) {
    return {id, crypto::sha256(consent), wallet.signing.certificate.fingerprint(),
            wallet.agreement.certificate.fingerprint(), authority.clock.now()};
  }
  Result<CompletedEnrolment> complete(const std::string& id, const documents::ConsentAcceptance& acceptance,
                                      const x509::Signer& signer) {
    return enrolments->complete(id, sign(signer, take(documents::write_consent_acceptance(acceptance))));
  }
  // The whole way; the wallet and its suspension code.
  std::pair<Wallet, std::string> enrol(const documents::Consent& consent) {
    const auto ticket = take(apply(consent));
    auto wallet = fetch_and_open(ticket);
    const auto acceptance = acceptance_of(ticket.id, take(documents::write_consent(consent)), wallet);
    auto code = take(complete(ticket.id, acceptance, wallet.signing)).suspension_code;
    return {std::move(wallet), std::move(code)};
  }
  EnrolmentState state_of(const std::string& id) {
    return take(enrolments->view(id, merchant.certificate)).state;
  }

  TestAuthority authority;
  x509::Signer merchant = authority.network.issue_merchant("Shop", authority.clock.now());
  HolderStore holders = take(HolderStore::open(*authority.context, authority.secrets("holders")));
  std::unique_ptr<Enrolments> enrolments =
      take(Enrolments::open({*authority.context,
                             *authority.outbox,
                             holders,
                             authority.secrets("key-files"),
                             {.sender = {"authority@example.kr", "Authority"}}}));
  Suspensions suspensions{*authority.context, *enrolments};
};

}  // namespace countersign::authority
