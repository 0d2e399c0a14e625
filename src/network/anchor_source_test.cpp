// SPDX-License-Identifier: Apache-2.0
#include "network/anchor_source.h"

#include <gtest/gtest.h>

#include "network/authority_name.h"
#include "sample/manual_clock.h"
#include "sample/root_rollover.h"
#include "sample/temporary_folder.h"
#include "x509/test_network.h"

namespace countersign::network {
namespace {

using sample::SecondDataCentre;

constexpr std::string_view kOwnStatus = "http://127.0.0.1:7080";

using x509::code_of;
using x509::name;

// seoul-1 is the own data centre, tokyo-1 another of the same network.
struct AnchorSourceTest : testing::Test {
  static x509::Issuer make_own(const x509::Issuer& root, TimePoint now) {
    return sample::make_ca(
        root, {name("OU=seoul-1,OU=kr,O=Countersign Demo"), {"localhost"}, {}, {"127.0.0.0/8"}}, now);
  }
  std::shared_ptr<const x509::TrustAnchor> anchor_of(std::vector<x509::Certificate> cas) const {
    return std::make_shared<const x509::TrustAnchor>(
        take(x509::TrustAnchor::create(root.certificate, std::move(cas), clock.now())));
  }
  std::shared_ptr<KeptMap> open() const { return take(KeptMap::open(file, root.certificate, clock)); }
  Result<void> judge(const x509::Certificate& certificate, x509::Role role = x509::Role::kPurchaser) const {
    return x509::verify_path(certificate, *source.current(), role, clock.now());
  }
  x509::Certificate certify(const x509::Issuer& by, std::string_view subject) const {
    return sample::issue(by, x509::Role::kPurchaser, name(subject), clock.now()).certificate;
  }

  x509::TestNetwork network;
  ManualClock clock{network.now};
  x509::Issuer root{network.root, network.root_key};
  x509::Issuer own = network.issuer();
  SecondDataCentre other{root, own.certificate, clock.now()};
  TemporaryFolder folder;
  std::filesystem::path file = folder.path() / "network-map.json";
  AnchorSource source{
      {anchor_of({own.certificate}), name("OU=seoul-1,OU=kr,O=Countersign Demo"), std::string(kOwnStatus)},
      open()};
  x509::Certificate here = certify(own, "UID=p-1,OU=purchasers,OU=seoul-1,OU=kr,O=Countersign Demo");
  x509::Certificate there = other.issue(x509::Role::kPurchaser, "UID=p-2,OU=purchasers").certificate;
};

TEST_F(AnchorSourceTest, TrustsItsOwnDataCentreWithoutAMap) {
  EXPECT_TRUE(judge(here));
  EXPECT_EQ(code_of(judge(there)), ErrorCode::kCertificateUnknown);
  EXPECT_EQ(take(source.status_url_of(here.subject(), clock.now())), kOwnStatus);
  EXPECT_EQ(code_of(source.status_url_of(there.subject(), clock.now())), ErrorCode::kCertificateUnknown);
}

TEST_F(AnchorSourceTest, TrustsEveryDataCentreOfTheMapWhenItCameAndAfterARestart) {
  take(source.take(other.signed_map()));
  EXPECT_TRUE(judge(here));
  EXPECT_TRUE(judge(there));
  const AnchorSource again({anchor_of({own.certificate}), source.data_centre(), ""}, open());
  EXPECT_TRUE(x509::verify_path(there, *again.current(), x509::Role::kPurchaser, clock.now()));
}

TEST_F(AnchorSourceTest, RefusesACertificateThatAnotherDataCentreIssuedForItsSubscribers) {
  take(source.take(other.signed_map()));
  const auto forged = network.forge(other.below("UID=p-3,OU=purchasers"), here.extensions());
  EXPECT_EQ(code_of(judge(forged)), ErrorCode::kNameNotPermitted);
}

TEST_F(AnchorSourceTest, GoesBackToItsOwnDataCentreWhenTheMapIsOver) {
  take(source.take(other.signed_map()));
  clock.advance(std::chrono::days(31));
  EXPECT_EQ(source.current()->data_centre_cas().size(), 1U);
  EXPECT_EQ(code_of(source.map()), ErrorCode::kExpired);
  EXPECT_EQ(code_of(source.status_url_of(there.subject(), clock.now())), ErrorCode::kCertificateUnknown);
  EXPECT_EQ(code_of(source.data_centre_named(other.name)), ErrorCode::kExpired);
  EXPECT_EQ(take(source.status_url_of(here.subject(), clock.now())), kOwnStatus);
}

TEST_F(AnchorSourceTest, KeepsItsOwnDataCentreWhereTheMapDoesNotNameIt) {
  auto map = other.map();
  std::erase_if(map.data_centres, [&](const auto& each) { return !(each.name == other.name); });
  take(source.take(other.sign(map)));
  EXPECT_TRUE(judge(here));
  EXPECT_TRUE(judge(there));
  EXPECT_EQ(source.current(), source.current()) << "made once for a map";
  EXPECT_EQ(take(source.status_url_of(here.subject(), clock.now())), kOwnStatus);
}

TEST_F(AnchorSourceTest, BelievesTheMapAboutTheKeysOfItsOwnDataCentre) {
  const auto next = make_own(root, clock.now());
  auto map = other.map();
  for (auto& each : map.data_centres)
    if (each.name == source.data_centre()) each.ca_certificates = {next.certificate};
  take(source.take(other.sign(map)));
  EXPECT_TRUE(judge(certify(next, "UID=p-1,OU=purchasers,OU=seoul-1,OU=kr,O=Countersign Demo")));
  EXPECT_FALSE(judge(here)) << "its key was dropped";
  clock.advance(std::chrono::days(31));
  EXPECT_EQ(code_of(source.map()), ErrorCode::kExpired);
  EXPECT_EQ(source.current()->data_centre_cas(), std::vector{next.certificate}) << "and does not come back";
  EXPECT_FALSE(judge(here));
  const AnchorSource again({anchor_of({own.certificate}), source.data_centre(), ""}, open());
  EXPECT_EQ(again.current()->data_centre_cas(), std::vector{next.certificate});
}

TEST_F(AnchorSourceTest, AsksItsOwnDataCentreAlsoWhereTheMapHasOnlyTheRegionAboveIt) {
  auto map = other.map();
  for (auto& each : map.data_centres) {
    if (!(each.name == source.data_centre())) continue;
    const auto region = sample::make_ca(
        root, {name("OU=kr,O=Countersign Demo"), {"localhost"}, {}, {"127.0.0.0/8"}}, clock.now());
    each.name = name("OU=kr,O=Countersign Demo");
    each.ca_certificates = {region.certificate};
  }
  std::ranges::sort(map.data_centres, {}, &documents::MappedDataCentre::name);
  take(source.take(other.sign(map)));
  EXPECT_EQ(take(source.status_url_of(here.subject(), clock.now())), kOwnStatus);
  EXPECT_TRUE(judge(here));
}

TEST_F(AnchorSourceTest, AsksForStatusAtTheHomeThatTheMapNames) {
  take(source.take(other.signed_map()));
  EXPECT_EQ(take(source.status_url_of(there.subject(), clock.now())), other.status_url);
  EXPECT_EQ(take(source.status_url_of(here.subject(), clock.now())), kOwnStatus);
  EXPECT_EQ(code_of(source.status_url_of(name("UID=p,OU=purchasers,OU=x,O=Elsewhere"), clock.now())),
            ErrorCode::kCertificateUnknown);
}

TEST_F(AnchorSourceTest, SaysWhichOtherDataCentreAnswersForASubject) {
  const auto stranger = name("UID=p,OU=purchasers,OU=x,O=Elsewhere");
  EXPECT_EQ(source.foreign_home_of(here.subject()), "");
  EXPECT_EQ(source.foreign_home_of(there.subject()), there.subject().text()) << "without a map";
  take(source.take(other.signed_map()));
  EXPECT_EQ(source.foreign_home_of(here.subject()), "");
  EXPECT_EQ(source.foreign_home_of(there.subject()), other.name.text());
  EXPECT_EQ(source.foreign_home_of(stranger), stranger.text());
}

TEST_F(AnchorSourceTest, RefusesADataCentreThatRetired) {
  auto map = other.map();
  other.own_in(map).retired = clock.now() + std::chrono::hours(1);
  take(source.take(other.sign(map)));
  EXPECT_TRUE(source.status_url_of(there.subject(), clock.now()));
  EXPECT_TRUE(judge(there));
  clock.advance(std::chrono::hours(1));
  EXPECT_EQ(code_of(judge(there)), ErrorCode::kCertificateUnknown);
  EXPECT_TRUE(judge(here));
  EXPECT_EQ(code_of(source.status_url_of(there.subject(), clock.now())), ErrorCode::kCertificateUnknown);
}

TEST_F(AnchorSourceTest, RefusesAnOlderMap) {
  take(source.take(other.signed_map(2)));
  EXPECT_EQ(code_of(source.take(other.signed_map(1))), ErrorCode::kConflict);
  EXPECT_EQ(take(source.map())->map.version, 2);
}

TEST_F(AnchorSourceTest, RefusesAMapThatAnotherNetworkSigned) {
  const auto foreign_root = sample::make_root(clock.now());
  const auto foreign_own = make_own(foreign_root, clock.now());
  const SecondDataCentre foreign(foreign_root, foreign_own.certificate, clock.now());
  EXPECT_EQ(code_of(source.take(foreign.signed_map())), ErrorCode::kCertificateUnknown);
  EXPECT_EQ(code_of(source.map()), ErrorCode::kNotFound);
}

TEST_F(AnchorSourceTest, KnowsNoDataCentreThatTheMapDoesNotName) {
  EXPECT_EQ(code_of(source.data_centre_named(other.name)), ErrorCode::kNotFound);
  take(source.take(other.signed_map()));
  EXPECT_EQ(take(source.data_centre_named(other.name)).service_url, other.service_url);
  EXPECT_EQ(code_of(source.data_centre_named(name("OU=jp,O=Countersign Demo"))),
            ErrorCode::kCertificateUnknown);
}

TEST_F(AnchorSourceTest, WantsANewerMapWhereACaIsNotKnown) {
  EXPECT_TRUE(source.note(judge(here)));
  EXPECT_FALSE(source.wants_newer());
  EXPECT_FALSE(source.note(judge(there)));
  EXPECT_TRUE(source.wants_newer());
  EXPECT_FALSE(source.wants_newer()) << "asked once";
}

TEST_F(AnchorSourceTest, TakesNoMapWhereNoneIsKept) {
  AnchorSource without({anchor_of({own.certificate}), source.data_centre(), ""});
  EXPECT_EQ(code_of(without.take(other.signed_map())), ErrorCode::kUnsupported);
  EXPECT_EQ(without.newest(), nullptr);
}

TEST_F(AnchorSourceTest, LetsNoAuthoritySpeakForAnotherDataCentre) {
  take(source.take(other.signed_map()));
  const auto signer = other.issue(x509::Role::kConfirmationSigner, "CN=Confirmation Signer,OU=authority");
  EXPECT_TRUE(require_speaks_for(signer.certificate, other.name, *source.current(), "extract"));
  EXPECT_EQ(code_of(require_speaks_for(signer.certificate, source.data_centre(), *source.current(), "x")),
            ErrorCode::kForbidden);
  EXPECT_EQ(code_of(require_speaks_for(signer.certificate, other.name, *anchor_of({own.certificate}), "x")),
            ErrorCode::kForbidden);
}

// Who confirms for each of the two data centres.
struct ConfirmersTest : AnchorSourceTest {
  using Answer = AnchorSource::Answer;
  Result<void> judge_confirmer(const x509::Certificate& signer, const x509::Name& data_centre,
                               Answer answer = Answer::kConfirmation) const {
    return source.expect_confirms(signer, data_centre, answer, clock.now());
  }
  // The map after one more version in which `change` was made.
  void publish(const std::function<void(documents::NetworkMap&)>& change) {
    auto map = other.map(++version);
    change(map);
    take(source.take(other.sign(map)));
  }

  std::int64_t version = 0;
  x509::Certificate ours =
      sample::issue(own, x509::Role::kConfirmationSigner,
                    name("CN=Confirmation Signer,OU=authority,OU=seoul-1,OU=kr,O=Countersign Demo"),
                    clock.now())
          .certificate;
  x509::Certificate theirs =
      other.issue(x509::Role::kConfirmationSigner, "CN=Confirmation Signer,OU=authority").certificate;
};

TEST_F(ConfirmersTest, AreThoseOfTheVeryDataCentre) {
  EXPECT_TRUE(judge_confirmer(ours, source.data_centre())) << "also without a map";
  EXPECT_EQ(code_of(judge_confirmer(theirs, other.name)), ErrorCode::kNotFound);
  publish([](auto&) {});
  EXPECT_TRUE(judge_confirmer(ours, source.data_centre()));
  EXPECT_TRUE(judge_confirmer(theirs, other.name));
  EXPECT_EQ(code_of(judge_confirmer(ours, other.name)), ErrorCode::kForbidden);
  EXPECT_EQ(code_of(judge_confirmer(theirs, source.data_centre())), ErrorCode::kForbidden);
  EXPECT_EQ(code_of(judge_confirmer(here, source.data_centre())), ErrorCode::kWrongRole);
}

TEST_F(ConfirmersTest, AreNoneBelowACaThatTheMapNamesNoMore) {
  publish([](auto&) {});
  const auto fresh_ca = sample::make_ca(root, *other.ca.certificate.extensions().name_limits, clock.now());
  publish([&](auto& map) { other.own_in(map).ca_certificates = {fresh_ca.certificate}; });
  EXPECT_EQ(code_of(judge_confirmer(theirs, other.name)), ErrorCode::kCertificateUnknown);
  EXPECT_EQ(code_of(judge_confirmer(theirs, other.name, Answer::kRefusal)), ErrorCode::kCertificateUnknown);
  const auto new_own = make_own(root, clock.now());
  publish([&](auto& map) {
    for (auto& each : map.data_centres)
      if (each.name == source.data_centre()) each.ca_certificates = {new_own.certificate};
  });
  EXPECT_EQ(code_of(judge_confirmer(ours, source.data_centre())), ErrorCode::kCertificateUnknown);
}

TEST_F(ConfirmersTest, ConfirmNothingOnceTheirDataCentreHasRetiredAndStillRefuse) {
  const TimePoint end = clock.now() + std::chrono::hours(1);
  publish([&](auto& map) {
    for (auto& each : map.data_centres) each.retired = end;
  });
  const TimePoint before = clock.now();
  clock.set(end);
  for (const auto& [signer, centre] :
       {std::pair{ours, source.data_centre()}, std::pair{theirs, other.name}}) {
    EXPECT_EQ(code_of(judge_confirmer(signer, centre)), ErrorCode::kExpired);
    EXPECT_TRUE(judge_confirmer(signer, centre, Answer::kRefusal));
    EXPECT_TRUE(source.expect_confirms(signer, centre, Answer::kConfirmation, before)) << "was good then";
  }
}

TEST_F(ConfirmersTest, ConfirmNothingOnceRetiredAlsoWhenTheMapThatSaysSoIsOver) {
  const TimePoint end = clock.now() + std::chrono::hours(1);
  publish([&](auto& map) {
    for (auto& each : map.data_centres) each.retired = end;
  });
  clock.advance(std::chrono::days(31));
  EXPECT_EQ(code_of(judge_confirmer(ours, source.data_centre())), ErrorCode::kExpired);
  EXPECT_TRUE(judge_confirmer(ours, source.data_centre(), Answer::kRefusal));
}

TEST_F(ConfirmersTest, OfOthersAreNoneWhileTheMapIsOver) {
  publish([](auto&) {});
  clock.advance(std::chrono::days(31));
  EXPECT_EQ(code_of(judge_confirmer(theirs, other.name)), ErrorCode::kExpired);
  EXPECT_TRUE(judge_confirmer(ours, source.data_centre()));
}

TEST_F(ConfirmersTest, OfADataCentreThatTheMapDoesNotNameAreNone) {
  publish([&](auto& map) {
    std::erase_if(map.data_centres, [&](const auto& each) { return each.name == other.name; });
  });
  EXPECT_EQ(code_of(judge_confirmer(theirs, other.name)), ErrorCode::kCertificateUnknown);
}

// The network passes to another root.
struct PassedRootTest : ConfirmersTest {
  void pass() {
    take(source.take(rollover.announcing(1)));
    take(source.take(rollover.taking_over(2)));
  }
  sample::RootRollover rollover{other};
};

TEST_F(PassedRootTest, IsTheOneThatEverybodyIsJudgedUnder) {
  pass();
  EXPECT_EQ(source.current()->root(), rollover.next.certificate);
  EXPECT_TRUE(judge(here));
  EXPECT_TRUE(judge(there));
  EXPECT_TRUE(judge_confirmer(ours, source.data_centre()));
  EXPECT_TRUE(judge_confirmer(theirs, other.name));
}

TEST_F(PassedRootTest, KnowsTheCasByWhatTheRootBeforeSignedAndNobodyElse) {
  take(source.take(rollover.announcing(1)));
  const auto announced = source.current();
  EXPECT_TRUE(x509::expect_same_ca(rollover.first_ca, own.certificate, *announced, clock.now()));
  take(source.take(rollover.taking_over(2)));
  const auto passed = source.current();
  EXPECT_TRUE(x509::expect_same_ca(own.certificate, rollover.first_ca, *passed, clock.now()));
  const auto stray = make_own(root, clock.now());  // by the root that was passed, for another key
  EXPECT_EQ(code_of(x509::expect_same_ca(stray.certificate, rollover.first_ca, *passed, clock.now())),
            ErrorCode::kCertificateUnknown);
  const auto of_stray = certify(stray, here.subject().text());
  EXPECT_EQ(code_of(judge(of_stray)), ErrorCode::kCertificateUnknown);
}

TEST_F(PassedRootTest, IsNotGoneBackBehindWhenTheMapIsOver) {
  pass();
  clock.advance(std::chrono::days(31));
  const auto anchor = source.current();
  EXPECT_EQ(anchor->root(), rollover.next.certificate);
  EXPECT_EQ(anchor->data_centre_cas(), std::vector{rollover.first_ca}) << "the own data centre goes on";
  EXPECT_TRUE(judge(here));
  EXPECT_EQ(code_of(judge(there)), ErrorCode::kCertificateUnknown);
  EXPECT_EQ(source.current(), anchor) << "the same while nothing changes";
  const AnchorSource again({anchor_of({own.certificate}), source.data_centre(), ""}, open());
  EXPECT_EQ(again.current()->root(), rollover.next.certificate);
  const auto stray = make_own(root, clock.now());
  EXPECT_FALSE(judge(certify(stray, here.subject().text()))) << "what the old root certifies by now";
}

TEST_F(PassedRootTest, IsNotGoneBackBehindWhenTheFileOfTheMapIsGone) {
  pass();
  std::filesystem::remove(file);
  AnchorSource again({anchor_of({own.certificate}), source.data_centre(), ""}, open());
  EXPECT_EQ(again.current()->root(), rollover.next.certificate);
  EXPECT_TRUE(again.current()->data_centre_cas().empty()) << "nobody is known below it without a map";
  const auto server =
      sample::issue(own, x509::Role::kAuthorityServer,
                    name("CN=Authority Server,OU=authority,OU=seoul-1,OU=kr,O=Countersign Demo"), clock.now(),
                    {.names = {{"localhost"}, {}, {}}})
          .certificate;
  EXPECT_EQ(code_of(again.expect_own_authority({server.der(), own.certificate.der()})),
            ErrorCode::kCertificateUnknown);
  EXPECT_TRUE(again.expect_own_authority({server.der(), rollover.first_ca.der()})) << "who brings the map";
  take(again.take(rollover.taking_over(3)));
  EXPECT_TRUE(x509::verify_path(here, *again.current(), x509::Role::kPurchaser, clock.now()));
}

TEST_F(PassedRootTest, LeavesNobodyWhereAMapThatIsOverDoesNotNameTheOwnDataCentre) {
  take(source.take(rollover.announcing(1)));
  auto map = rollover.taking_over_map(2);
  std::erase_if(map.data_centres, [&](const auto& each) { return !(each.name == other.name); });
  take(source.take(rollover.sign(map)));
  clock.advance(std::chrono::days(31));
  EXPECT_EQ(source.current()->root(), rollover.next.certificate);
  EXPECT_TRUE(source.current()->data_centre_cas().empty());
}

// The authority of the own data centre as it shows itself in TLS.
struct OwnAuthorityTest : AnchorSourceTest {
  static std::vector<Bytes> chain_of(const x509::Issuer& ca, std::string_view subject) {
    const auto server = sample::issue(ca, x509::Role::kAuthorityServer, name(subject),
                                      ca.certificate.not_before(), {.names = {{"localhost"}, {}, {}}});
    return {server.certificate.der(), ca.certificate.der()};
  }
  static constexpr std::string_view kServer =
      "CN=Authority Server,OU=authority,OU=seoul-1,OU=kr,O=Countersign Demo";
};

TEST_F(OwnAuthorityTest, IsKnownByTheCaThatItGotWhileThisPartyWasOff) {
  take(source.take(other.signed_map()));
  EXPECT_TRUE(source.expect_own_authority(chain_of(own, kServer)));
  const auto fresh = chain_of(make_own(root, clock.now()), kServer);
  EXPECT_TRUE(source.expect_own_authority(fresh));
  EXPECT_EQ(code_of(source.expect_own_authority({fresh.front()})), ErrorCode::kCertificateUnknown)
      << "which it must show";
}

TEST_F(OwnAuthorityTest, IsNotKnownByACaThatMapsHaveTakenOut) {
  const auto next = make_own(root, clock.now());
  const auto leaked = chain_of(own, kServer);
  take(source.take(other.signed_map(1)));
  EXPECT_TRUE(source.expect_own_authority(leaked));
  auto map = other.map(2);
  for (auto& each : map.data_centres)
    if (each.name == source.data_centre()) each.ca_certificates = {next.certificate};
  take(source.take(other.sign(map)));
  const AnchorSource again({anchor_of({own.certificate}), source.data_centre(), ""}, open());
  const auto in_force = chain_of(next, kServer);
  const auto later = chain_of(make_own(root, clock.now()), kServer);
  for (const auto days : {std::chrono::days(0), std::chrono::days(31)}) {
    clock.advance(days);
    for (const AnchorSource* each : {&std::as_const(source), &again}) {
      EXPECT_EQ(code_of(each->expect_own_authority(leaked)), ErrorCode::kCertificateUnknown) << days.count();
      EXPECT_TRUE(each->expect_own_authority(in_force)) << days.count();
      EXPECT_TRUE(each->expect_own_authority(later)) << days.count() << ": no map has had it yet";
    }
  }
}

TEST_F(OwnAuthorityTest, IsKnownAgainByACaThatANewerMapBroughtBack) {
  const auto next = make_own(root, clock.now());
  take(source.take(other.signed_map(1)));
  auto map = other.map(2);
  for (auto& each : map.data_centres)
    if (each.name == source.data_centre()) each.ca_certificates = {next.certificate};
  take(source.take(other.sign(map)));
  EXPECT_TRUE(source.has_withdrawn(own.certificate));
  take(source.take(other.signed_map(3)));
  EXPECT_FALSE(source.has_withdrawn(own.certificate));
  EXPECT_TRUE(source.expect_own_authority(chain_of(own, kServer)));
}

TEST_F(OwnAuthorityTest, IsKnownByItsCaWhereAMapDoesNotNameTheDataCentreAnyMore) {
  take(source.take(other.signed_map(1)));
  auto map = other.map(2);
  std::erase_if(map.data_centres, [&](const auto& each) { return !(each.name == other.name); });
  take(source.take(other.sign(map)));
  EXPECT_TRUE(source.expect_own_authority(chain_of(own, kServer)));
}

TEST_F(OwnAuthorityTest, IsJudgedByTheClockOfTheMap) {
  const auto chain = chain_of(own, kServer);
  EXPECT_TRUE(source.expect_own_authority(chain));
  clock.advance(std::chrono::days(400));
  EXPECT_EQ(code_of(source.expect_own_authority(chain)), ErrorCode::kExpired);
  const AnchorSource without({anchor_of({own.certificate}), source.data_centre(), ""});
  EXPECT_EQ(code_of(without.expect_own_authority(chain)), ErrorCode::kUnsupported);
}

TEST_F(OwnAuthorityTest, IsNoServerOfAnotherNameOrRootAndNoneAtAll) {
  take(source.take(other.signed_map()));
  EXPECT_EQ(code_of(source.expect_own_authority({})), ErrorCode::kCertificateUnknown);
  const auto theirs =
      chain_of(other.ca, "CN=Authority Server,OU=authority,OU=tokyo-1,OU=jp,O=Countersign Demo");
  EXPECT_EQ(code_of(source.expect_own_authority(theirs)), ErrorCode::kWrongOrigin);
  const auto elsewhere = chain_of(make_own(sample::make_root(clock.now()), clock.now()), kServer);
  EXPECT_EQ(code_of(source.expect_own_authority(elsewhere)), ErrorCode::kCertificateUnknown);
}

// A CA of the region above may certify the name by X.509's rules, and is not that of the data centre.
TEST_F(OwnAuthorityTest, IsNoServerThatARegionCertified) {
  take(source.take(other.signed_map()));
  const auto region = sample::make_ca(
      root, {name("OU=kr,O=Countersign Demo"), {"localhost"}, {}, {"127.0.0.0/8"}}, network.now);
  const x509::TestNetwork forger{.now = network.now,
                                 .root_key = network.root_key,
                                 .ca_key = region.key,
                                 .root = network.root,
                                 .ca = region.certificate,
                                 .anchor = network.anchor};
  auto extensions = take(x509::Certificate::from_der(chain_of(own, kServer).front())).extensions();
  extensions.authority_key_id = region.certificate.extensions().subject_key_id;
  const auto server = forger.forge(name(kServer), extensions);
  const auto judged = source.expect_own_authority({server.der(), region.certificate.der()});
  EXPECT_EQ(code_of(judged), ErrorCode::kCertificateUnknown);
}

TEST_F(AnchorSourceTest, NamesTheOneServerOfAnAuthority) {
  EXPECT_EQ(take(authority_server_name(other.name)).text(),
            "CN=Authority Server,OU=authority,OU=tokyo-1,OU=jp,O=Countersign Demo");
}

}  // namespace
}  // namespace countersign::network
