// SPDX-License-Identifier: Apache-2.0
#include "authority/enrolment/holder_requests.h"

#include "authority/enrolment/enrolment_fixture.h"
#include "documents/receipt.h"
#include "sample/second_data_centre.h"
#include "x509/cms_envelope.h"
#include "x509/pkcs10.h"

namespace countersign::authority {
namespace {

using documents::HolderAction;

class HolderRequestTest : public EnrolmentTest {
 protected:
  documents::HolderRequest request_for(HolderAction action) {
    documents::HolderRequest request{.action = action,
                                     .audience = authority.network.data_centre,
                                     .holder = documents::reference_to(wallet.signing.certificate),
                                     .time = authority.clock.now(),
                                     .nonce = crypto::sha256(crypto::random_bytes(32)),
                                     .order_id = "",
                                     .order_digest = {},
                                     .email = "",
                                     .signing_request = {},
                                     .agreement_request = {}};
    if (action == HolderAction::kFindConfirmation) {
      request.order_id = crypto::random_uuid_v7(authority.clock.now());
      request.order_digest = crypto::sha256(as_bytes("order"));
    }
    if (action == HolderAction::kChangeAddress) request.email = "new@example.kr";
    return request;
  }
  Result<HolderAnswer> ask(const documents::HolderRequest& request) {
    return requests->answer(sign(wallet.signing, take(documents::write_holder_request(request))));
  }
  std::string change_id() {
    const auto text = authority.mailbox.newest_text("new@example.kr");
    return text.substr(text.find("/v1/address-changes/") + 20, 36);
  }
  // A renewal that awaits its completion, with keys of the wallet's making.
  struct Renewal {
    std::string id;
    Bytes request;
    Wallet wallet;
  };
  Renewal renew() {
    const auto signing = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
    const auto agreement = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
    auto request = request_for(HolderAction::kRenew);
    const auto& subject = wallet.signing.certificate.subject();
    request.signing_request = take(x509::make_pkcs10(subject, {}, signing));
    request.agreement_request = take(x509::make_pkcs10(subject, {}, agreement));
    auto content = take(documents::write_holder_request(request));
    const auto ticket =
        std::get<Enrolments::OwnRenewalTicket>(take(requests->answer(sign(wallet.signing, content))));
    const auto& pair = ticket.certificates.value().pair;
    return {ticket.ticket.id,
            std::move(content),
            {{pair.signing, signing, {authority.network.ca.certificate}},
             {pair.agreement, agreement, {authority.network.ca.certificate}},
             wallet.root}};
  }
  Result<CompletedEnrolment> complete_renewal(const Renewal& renewal) {
    return complete(renewal.id, acceptance_of(renewal.id, renewal.request, renewal.wallet),
                    renewal.wallet.signing);
  }
  // Confirms one end of the newest change of address by the link in its mail.
  Result<AddressProgress> confirm(std::string_view to) {
    return changes.confirm(change_id(), authority.mailbox.newest_code(to));
  }

  std::pair<Wallet, std::string> enrolled = enrol(consent_of());
  Wallet& wallet = enrolled.first;
  Bytes confirmation;  // what the finder knows
  AddressChanges changes = take(AddressChanges::open(
      {*authority.context, *authority.outbox, holders, {"authority@example.kr", "Authority"}}));
  std::unique_ptr<HolderRequests> requests = take(HolderRequests::open(
      {*authority.context, *authority.outbox, holders, *enrolments, suspensions, changes,
       [this](storage::Reader&, std::string_view, const Sha256Digest&, const x509::Name&) -> Result<Bytes> {
         if (confirmation.empty()) return fail(ErrorCode::kNotFound, "no confirmation of this order");
         return confirmation;
       }}));
};

TEST_F(HolderRequestTest, FindsAConfirmationOnceItIsThere) {
  EXPECT_EQ(ask(request_for(HolderAction::kFindConfirmation)).error().code, ErrorCode::kNotFound);
  confirmation = to_bytes("signed");
  const auto found = take(ask(request_for(HolderAction::kFindConfirmation)));
  EXPECT_EQ(std::get<FoundConfirmation>(found).document, confirmation);
}

TEST_F(HolderRequestTest, FindsAReceiptWhereOneIsWantedAndToBeHad) {
  confirmation = to_bytes("signed");
  std::optional<Bytes> receipt;
  requests = take(HolderRequests::open({*authority.context,
                                        *authority.outbox,
                                        holders,
                                        *enrolments,
                                        suspensions,
                                        changes,
                                        [this](storage::Reader&, std::string_view, const Sha256Digest&,
                                               const x509::Name&) -> Result<Bytes> { return confirmation; },
                                        {},
                                        [&](std::string_view, const Sha256Digest&, const x509::Name&)
                                            -> Result<std::optional<Bytes>> { return receipt; }}));
  const auto find = [&](ConfirmationForm wanted) {
    const auto request = sign(
        wallet.signing, take(documents::write_holder_request(request_for(HolderAction::kFindConfirmation))));
    return std::get<FoundConfirmation>(take(requests->answer(request, wanted)));
  };
  EXPECT_EQ(find(ConfirmationForm::kReceipt).form, ConfirmationForm::kCms) << "there is none";
  receipt = to_bytes("receipt");
  EXPECT_EQ(find(ConfirmationForm::kCms).document, confirmation);
  const FoundConfirmation found = find(ConfirmationForm::kReceipt);
  EXPECT_EQ(found.form, ConfirmationForm::kReceipt);
  EXPECT_EQ(found.document, *receipt);
}

// A purchaser of another data centre, whose home answers as the test says.
class ForeignHolderTest : public HolderRequestTest {
 protected:
  ForeignHolderTest() {
    requests = take(HolderRequests::open(
        {*authority.context, *authority.outbox, holders, *enrolments, suspensions, changes,
         [this](storage::Reader&, std::string_view, const Sha256Digest&,
                const x509::Name& purchaser) -> Result<Bytes> {
           if (!(purchaser == visitor.certificate.subject()))
             return fail(ErrorCode::kNotFound, "no confirmation of this order");
           return to_bytes("signed");
         },
         [this](const x509::UnverifiedCms& cms, CameBy by) -> Result<x509::Certificate> {
           ++judged;
           came_by = by;
           TRY(auto signer, x509::Certificate::from_der(cms.signer_certificate_der()));
           if (verdict) return fail(*verdict);
           return signer;
         }}));
  }
  documents::HolderRequest visitors(HolderAction action) {
    auto request = request_for(action);
    request.holder = documents::reference_to(visitor.certificate);
    return request;
  }
  Result<HolderAnswer> ask_as_visitor(const documents::HolderRequest& request) {
    return requests->answer(sign(visitor, take(documents::write_holder_request(request))));
  }

  sample::SecondDataCentre other{authority.network.root, authority.network.ca.certificate,
                                 authority.clock.now()};
  x509::Signer visitor = other.signer(x509::Role::kPurchaser, "UID=p-9,OU=purchasers");
  std::optional<Error> verdict;
  int judged = 0;
  std::optional<CameBy> came_by;
};

TEST_F(ForeignHolderTest, FindsWhatWasConfirmedHere) {
  const auto found = take(ask_as_visitor(visitors(HolderAction::kFindConfirmation)));
  EXPECT_EQ(std::get<FoundConfirmation>(found).document, to_bytes("signed"));
  EXPECT_EQ(judged, 1);
  EXPECT_EQ(came_by, CameBy::kItself);
}

TEST_F(ForeignHolderTest, IsJudgedKnowingThatAnotherAuthorityHandedItOn) {
  const auto request = take(documents::write_holder_request(visitors(HolderAction::kFindConfirmation)));
  take(requests->answer(sign(visitor, request), ConfirmationForm::kCms, CameBy::kAnotherAuthority));
  EXPECT_EQ(came_by, CameBy::kAnotherAuthority);
}

TEST_F(ForeignHolderTest, MayDoNothingElseHere) {
  for (const auto action :
       {HolderAction::kListCertificates, HolderAction::kSuspend, HolderAction::kChangeAddress}) {
    EXPECT_EQ(ask_as_visitor(visitors(action)).error().code, ErrorCode::kForbidden);
  }
  EXPECT_EQ(judged, 0);
}

TEST_F(ForeignHolderTest, GetsWhatItsHomeOrTheMapSaysOfIt) {
  for (const auto code :
       {ErrorCode::kCertificateRevoked, ErrorCode::kCertificateUnknown, ErrorCode::kHomeUnreachable}) {
    verdict = Error{code, "purchaser"};
    EXPECT_EQ(ask_as_visitor(visitors(HolderAction::kFindConfirmation)).error().code, code);
  }
}

TEST_F(ForeignHolderTest, IsHeardOnceInItsOwnNameAndByTheOneThatIsAsked) {
  const auto once = visitors(HolderAction::kFindConfirmation);
  take(ask_as_visitor(once));
  EXPECT_EQ(ask_as_visitor(once).error().code, ErrorCode::kConflict);
  auto elsewhere = visitors(HolderAction::kFindConfirmation);
  elsewhere.audience = other.name;
  EXPECT_EQ(ask_as_visitor(elsewhere).error().code, ErrorCode::kForbidden);
  auto anothers = visitors(HolderAction::kFindConfirmation);
  anothers.holder = documents::reference_to(wallet.signing.certificate);
  EXPECT_EQ(ask_as_visitor(anothers).error().code, ErrorCode::kForbidden);
}

TEST_F(ForeignHolderTest, IsNobodyWhereTheAuthorityHasNoNetwork) {
  requests = take(
      HolderRequests::open({*authority.context, *authority.outbox, holders, *enrolments, suspensions, changes,
                            [](storage::Reader&, std::string_view, const Sha256Digest&,
                               const x509::Name&) -> Result<Bytes> { return to_bytes("signed"); }}));
  EXPECT_EQ(ask_as_visitor(visitors(HolderAction::kFindConfirmation)).error().code,
            ErrorCode::kCertificateUnknown);
}

TEST_F(ForeignHolderTest, PassesNoForgedSignatureOnToTheHome) {
  auto cms = sign(visitor, take(documents::write_holder_request(visitors(HolderAction::kFindConfirmation))));
  cms.back() ^= 1U;
  EXPECT_EQ(requests->answer(cms).error().code, ErrorCode::kSignatureInvalid);
  EXPECT_EQ(judged, 0);
}

// What another data centre confirmed, and what a merchant asks with its key.
class QuestionTest : public HolderRequestTest {
 protected:
  QuestionTest() {
    HolderRequests::Parts parts{*authority.context,
                                *authority.outbox,
                                holders,
                                *enrolments,
                                suspensions,
                                changes,
                                [this](storage::Reader&, std::string_view, const Sha256Digest&,
                                       const x509::Name& purchaser) -> Result<Bytes> {
                                  EXPECT_EQ(purchaser, wallet.signing.certificate.subject());
                                  return to_bytes("signed");
                                }};
    parts.find_for_merchant = [this](std::string_view, const Sha256Digest&, const x509::Name& asking,
                                     ConfirmationForm wanted) -> Result<FoundConfirmation> {
      EXPECT_EQ(asking, merchant.certificate.subject());
      return FoundConfirmation{to_bytes("countersigned"), wanted};
    };
    parts.forward_question = [this](const x509::Name& audience, BytesView request) -> Result<Bytes> {
      EXPECT_EQ(audience, elsewhere);
      forwarded.push_back(to_bytes(request));
      return found;
    };
    requests = take(HolderRequests::open(std::move(parts)));
  }
  documents::HolderRequest question_for(const x509::Name& audience, const x509::Signer& signer) {
    auto request = request_for(HolderAction::kFindConfirmation);
    request.audience = audience;
    request.holder = documents::reference_to(signer.certificate);
    return request;
  }
  Bytes signed_by(const x509::Signer& signer, const documents::HolderRequest& request) {
    return sign(signer, take(documents::write_holder_request(request)));
  }

  const x509::Name elsewhere = name_of("OU=busan-1,OU=kr,O=Countersign Demo");
  std::vector<Bytes> forwarded;
  Bytes found = to_bytes("signed elsewhere");
};

TEST_F(QuestionTest, IsHandedOnToTheDataCentreThatItIsFor) {
  const auto request = signed_by(wallet.signing, question_for(elsewhere, wallet.signing));
  EXPECT_EQ(std::get<FoundConfirmation>(take(requests->answer(request))).document, found);
  EXPECT_EQ(forwarded, std::vector<Bytes>{request});
  take(requests->answer(
      signed_by(wallet.signing, question_for(authority.network.data_centre, wallet.signing))));
  EXPECT_EQ(forwarded.size(), 1U);
}

TEST_F(QuestionTest, IsAnsweredInTheFormThatIsWanted) {
  documents::Receipt receipt;
  receipt.confirmation = to_bytes("signed elsewhere");
  receipt.proof = "c2sp.org/tlog-proof@v1\n";
  found = documents::write_receipt(receipt);
  const auto ask_for = [&](ConfirmationForm wanted) {
    const auto request = signed_by(wallet.signing, question_for(elsewhere, wallet.signing));
    return std::get<FoundConfirmation>(take(requests->answer(request, wanted)));
  };
  EXPECT_EQ(ask_for(ConfirmationForm::kReceipt).form, ConfirmationForm::kReceipt);
  EXPECT_EQ(ask_for(ConfirmationForm::kReceipt).document, found);
  EXPECT_EQ(ask_for(ConfirmationForm::kCms).form, ConfirmationForm::kCms);
  EXPECT_EQ(ask_for(ConfirmationForm::kCms).document, receipt.confirmation);
}

TEST_F(QuestionTest, IsNotHandedOnForAnotherHolderOrLateOrForged) {
  auto anothers = question_for(elsewhere, wallet.signing);
  anothers.holder = documents::reference_to(merchant.certificate);
  EXPECT_EQ(requests->answer(signed_by(wallet.signing, anothers)).error().code, ErrorCode::kForbidden);
  auto late = question_for(elsewhere, wallet.signing);
  late.time = authority.clock.now() - Seconds(301);
  EXPECT_EQ(requests->answer(signed_by(wallet.signing, late)).error().code, ErrorCode::kClockSkew);
  auto forged = signed_by(wallet.signing, question_for(elsewhere, wallet.signing));
  forged.back() ^= 1U;
  EXPECT_EQ(requests->answer(forged).error().code, ErrorCode::kSignatureInvalid);
  auto suspension = question_for(elsewhere, wallet.signing);
  suspension.action = HolderAction::kSuspend;
  suspension.order_id.clear();
  suspension.order_digest.reset();
  EXPECT_EQ(requests->answer(signed_by(wallet.signing, suspension)).error().code, ErrorCode::kForbidden);
  EXPECT_TRUE(forwarded.empty());
}

TEST_F(QuestionTest, OfAMerchantFindsWhatItCountersigned) {
  const auto question = question_for(authority.network.data_centre, merchant);
  const auto answer = std::get<FoundConfirmation>(
      take(requests->answer(signed_by(merchant, question), ConfirmationForm::kReceipt)));
  EXPECT_EQ(answer.document, to_bytes("countersigned"));
  EXPECT_EQ(answer.form, ConfirmationForm::kReceipt);
  EXPECT_EQ(requests->answer(signed_by(merchant, question)).error().code, ErrorCode::kConflict) << "once";
}

TEST_F(QuestionTest, OfAMerchantIsForNothingElse) {
  for (const auto action : {HolderAction::kListCertificates, HolderAction::kSuspend, HolderAction::kRenew}) {
    auto request = request_for(action);
    request.holder = documents::reference_to(merchant.certificate);
    EXPECT_EQ(requests->answer(signed_by(merchant, request)).error().code, ErrorCode::kForbidden);
  }
  authority.change_state(merchant.certificate.serial(), CertificateState::kRevoked);
  EXPECT_EQ(requests->answer(signed_by(merchant, question_for(authority.network.data_centre, merchant)))
                .error()
                .code,
            ErrorCode::kCertificateRevoked);
}

TEST_F(HolderRequestTest, ListsEveryCertificateOfTheAddressAndNoOther) {
  enrol(consent_of());
  enrol(consent_of("lee@example.kr"));
  const auto listed = std::get<ListedCertificates>(take(ask(request_for(HolderAction::kListCertificates))));
  EXPECT_EQ(listed.entries.size(), 4U);
}

TEST_F(HolderRequestTest, SuspendsBothCertificatesAtOnceAndAgain) {
  take(ask(request_for(HolderAction::kSuspend)));
  EXPECT_EQ(authority.state_of(wallet.agreement.certificate.serial()), CertificateState::kOnHold);
  take(ask(request_for(HolderAction::kSuspend)));
  EXPECT_TRUE(ask(request_for(HolderAction::kListCertificates)).has_value());
  EXPECT_EQ(ask(request_for(HolderAction::kRenew)).error().code, ErrorCode::kCertificateOnHold);
  EXPECT_EQ(ask(request_for(HolderAction::kChangeAddress)).error().code, ErrorCode::kCertificateOnHold);
}

TEST_F(HolderRequestTest, RefusesARevokedHolder) {
  authority.change_state(wallet.signing.certificate.serial(), CertificateState::kRevoked);
  EXPECT_EQ(ask(request_for(HolderAction::kListCertificates)).error().code, ErrorCode::kCertificateRevoked);
}

TEST_F(HolderRequestTest, RefusesTheSameRequestTwice) {
  const auto request = request_for(HolderAction::kListCertificates);
  take(ask(request));
  EXPECT_EQ(ask(request).error().code, ErrorCode::kConflict);
}

TEST_F(HolderRequestTest, RefusesAnotherDataCentreAnotherHolderAndAStaleRequest) {
  auto request = request_for(HolderAction::kSuspend);
  request.audience = name_of("OU=busan-1,OU=kr,O=Countersign Demo");
  EXPECT_EQ(ask(request).error().code, ErrorCode::kForbidden);
  request = request_for(HolderAction::kSuspend);
  request.holder.certificate[0] ^= 1U;
  EXPECT_EQ(ask(request).error().code, ErrorCode::kForbidden);
  request = request_for(HolderAction::kSuspend);
  authority.clock.advance(Seconds(301));
  EXPECT_EQ(ask(request).error().code, ErrorCode::kClockSkew);
  EXPECT_EQ(authority.state_of(wallet.signing.certificate.serial()), CertificateState::kActive);
}

TEST_F(HolderRequestTest, RefusesAMerchantsSignature) {
  const auto cms = sign(merchant, take(documents::write_holder_request(request_for(HolderAction::kSuspend))));
  EXPECT_EQ(requests->answer(cms).error().code, ErrorCode::kWrongRole);
}

TEST_F(HolderRequestTest, RenewsWithKeysOfTheWalletOnceTheyAreProven) {
  const auto renewal = renew();
  const auto& renewed = renewal.wallet.signing.certificate;
  EXPECT_EQ(authority.state_of(renewed.serial()), CertificateState::kOnHold);
  EXPECT_EQ(renewed.registered_by(), merchant.certificate.subject().text());
  take(complete_renewal(renewal));
  EXPECT_EQ(authority.state_of(renewed.serial()), CertificateState::kActive);
  EXPECT_EQ(authority.state_of(wallet.signing.certificate.serial()), CertificateState::kRevoked);
}

TEST_F(HolderRequestTest, RenewsACardThatKeepsItsKeysAndWhoseAgreementKeyCannotSign) {
  auto request = request_for(HolderAction::kRenew);
  const auto& key = wallet.agreement.key;
  request.signing_request = take(
      x509::make_joint_pkcs10(wallet.signing.certificate.subject(), wallet.signing.key, key.public_key()));
  const auto content = take(documents::write_holder_request(request));
  const auto ticket =
      std::get<Enrolments::OwnRenewalTicket>(take(requests->answer(sign(wallet.signing, content))));
  const auto& issued = ticket.certificates.value();
  const auto opened =
      take(x509::open_sealed_to_key(key.public_key(), x509::agreement_by(key), issued.sealed_agreement));
  const auto document = take(documents::parse_agreement_certificate(opened));
  EXPECT_EQ(document.enrolment, ticket.ticket.id);
  const Renewal renewal{ticket.ticket.id,
                        content,
                        {{issued.pair.signing, wallet.signing.key, {authority.network.ca.certificate}},
                         {issued.pair.agreement, key, {authority.network.ca.certificate}},
                         wallet.root}};
  EXPECT_EQ(complete_renewal(renewal).error().code, ErrorCode::kForbidden) << "without the proof";
  auto acceptance = acceptance_of(renewal.id, renewal.request, renewal.wallet);
  acceptance.agreement_proof = document.proof;
  take(complete(renewal.id, acceptance, renewal.wallet.signing));
  EXPECT_EQ(authority.state_of(issued.pair.agreement.serial()), CertificateState::kActive);
  EXPECT_EQ(authority.state_of(wallet.agreement.certificate.serial()), CertificateState::kRevoked);
}

TEST_F(HolderRequestTest, ARenewalUnderWayDoesNotSurviveASuspension) {
  const auto renewal = renew();
  take(suspensions.suspend_by_code(wallet.signing.certificate.serial().hex(), enrolled.second, "10.0.0.1"));
  EXPECT_EQ(complete_renewal(renewal).error().code, ErrorCode::kCertificateRevoked);
  EXPECT_EQ(authority.state_of(renewal.wallet.signing.certificate.serial()), CertificateState::kRevoked);
}

TEST_F(HolderRequestTest, ASuspensionLeavesNothingOfAPasswordThatWaitsToBeSent) {
  authority.deliver_mails();
  const auto sent = authority.mailbox.mails.size();
  const auto renewal = std::get<Enrolments::OwnRenewalTicket>(take(ask(request_for(HolderAction::kRenew))));
  EXPECT_FALSE(take(authority.secrets("mail").names()).empty());
  EXPECT_FALSE(take(authority.secrets("key-files").names()).empty());
  take(ask(request_for(HolderAction::kSuspend)));
  EXPECT_TRUE(take(authority.secrets("mail").names()).empty());
  EXPECT_TRUE(take(authority.secrets("key-files").names()).empty());
  authority.deliver_mails();
  EXPECT_EQ(authority.mailbox.mails.size(), sent);
  EXPECT_EQ(enrolments->fetch_key_file(renewal.ticket.id, renewal.ticket.token).error().code,
            ErrorCode::kNotFound);
}

TEST_F(HolderRequestTest, ASuspensionByCodeLeavesNothingOfAPasswordThatWaitsEither) {
  authority.deliver_mails();
  const auto sent = authority.mailbox.mails.size();
  auto consent = consent_of();
  consent.kind = documents::ConsentKind::kRenewal;
  const auto ticket = take(apply(consent));
  take(suspensions.suspend_by_code(wallet.signing.certificate.serial().hex(), enrolled.second, "10.0.0.1"));
  EXPECT_EQ(state_of(ticket.id), EnrolmentState::kRevoked);
  EXPECT_TRUE(take(authority.secrets("mail").names()).empty());
  EXPECT_TRUE(take(authority.secrets("key-files").names()).empty());
  authority.deliver_mails();
  EXPECT_EQ(authority.mailbox.mails.size(), sent);
}

TEST_F(HolderRequestTest, WhatMerchantsUsedUpRefusesNobodysOwnRenewal) {
  while (apply(consent_of())) {
  }
  EXPECT_EQ(apply(consent_of()).error().code, ErrorCode::kRateLimited);
  const auto renewal = renew();
  take(complete_renewal(renewal));
}

TEST_F(HolderRequestTest, RefusesAFloodOfOwnRenewals) {
  for (int i = 0; i < 10; ++i) renew();
  const auto content = take(documents::write_holder_request(request_for(HolderAction::kRenew)));
  EXPECT_EQ(requests->answer(sign(wallet.signing, content)).error().code, ErrorCode::kRateLimited);
}

TEST_F(HolderRequestTest, TheCodeOfARenewedCertificateStopsItsSuccessors) {
  const auto renewal = renew();
  take(complete_renewal(renewal));
  take(suspensions.suspend_by_code(wallet.signing.certificate.serial().hex(), enrolled.second, "10.0.0.1"));
  EXPECT_EQ(authority.state_of(renewal.wallet.signing.certificate.serial()), CertificateState::kOnHold);
  EXPECT_EQ(authority.state_of(renewal.wallet.agreement.certificate.serial()), CertificateState::kOnHold);
  EXPECT_EQ(authority.state_of(wallet.signing.certificate.serial()), CertificateState::kRevoked);
}

TEST_F(HolderRequestTest, SaysWhenNothingIsLeftToSuspend) {
  for (const auto* one : {&wallet.signing, &wallet.agreement})
    authority.change_state(one->certificate.serial(), CertificateState::kRevoked);
  const auto serial = wallet.signing.certificate.serial().hex();
  EXPECT_EQ(suspensions.suspend_by_code(serial, enrolled.second, "10.0.0.1").error().code,
            ErrorCode::kCertificateRevoked);
}

TEST_F(HolderRequestTest, RenewsByKeyFileToTheRecordedAddress) {
  const auto request = request_for(HolderAction::kRenew);
  const auto content = take(documents::write_holder_request(request));
  const auto ticket =
      std::get<Enrolments::OwnRenewalTicket>(take(requests->answer(sign(wallet.signing, content))));
  EXPECT_FALSE(ticket.certificates);
  const auto renewed = fetch_and_open(ticket.ticket);
  EXPECT_EQ(authority.mailbox.mails.back().to, "kim@example.kr");
  take(complete(ticket.ticket.id, acceptance_of(ticket.ticket.id, content, renewed), renewed.signing));
  EXPECT_EQ(authority.state_of(renewed.signing.certificate.serial()), CertificateState::kActive);
}

TEST_F(HolderRequestTest, ChangesTheAddressWhenBothEndsConfirm) {
  take(ask(request_for(HolderAction::kChangeAddress)));
  authority.deliver_mails();
  EXPECT_EQ(take(confirm("new@example.kr")), AddressProgress::kOtherEndMissing);
  EXPECT_EQ(take(confirm("new@example.kr")), AddressProgress::kOtherEndMissing);
  EXPECT_EQ(take(confirm("kim@example.kr")), AddressProgress::kChanged);
  take(authority.database->read([&](storage::Reader& reader) -> Result<void> {
    DirectoryQuery query;
    query.email = "new@example.kr";
    TRY(const auto page, authority.directory->search(reader, query));
    EXPECT_EQ(page.entries.size(), 2U);
    query.email = "kim@example.kr";
    TRY(const auto old, authority.directory->search(reader, query));
    EXPECT_TRUE(old.entries.empty());
    return ok();
  }));
}

TEST_F(HolderRequestTest, DoesNotChangeTheAddressForOneEndAWrongCodeOrTooLate) {
  take(ask(request_for(HolderAction::kChangeAddress)));
  authority.deliver_mails();
  EXPECT_EQ(changes.confirm(change_id(), crypto::random_token(16)).error().code, ErrorCode::kNotFound);
  take(confirm("new@example.kr"));
  authority.clock.advance(std::chrono::hours(73));
  EXPECT_EQ(confirm("kim@example.kr").error().code, ErrorCode::kExpired);
  take(changes.sweep());
  EXPECT_EQ(confirm("kim@example.kr").error().code, ErrorCode::kNotFound);
}

TEST_F(HolderRequestTest, KeepsNoNewAddressReadableInTheStore) {
  take(ask(request_for(HolderAction::kChangeAddress)));
  EXPECT_FALSE(authority.is_anywhere_on_disk("new@example.kr"));
}

}  // namespace
}  // namespace countersign::authority
