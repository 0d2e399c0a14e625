// SPDX-License-Identifier: Apache-2.0
#include "authority/testing/test_world.h"

#include <future>

#include "checkpoint/checkpoint.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "x509/cms.h"

namespace countersign::authority {
namespace {

constexpr std::string_view kOrigin = "https://127.0.0.1:8443";

x509::Signer issue_confirmation_signer(const TestNetwork& network, TimePoint now) {
  return network.issue(x509::Role::kConfirmationSigner,
                       name_of("CN=Confirmation Signer,OU=authority," + network.data_centre.text()), now);
}

x509::Issuer issue_ocsp_responder(const TestNetwork& network, TimePoint now) {
  x509::Signer signer =
      network.issue(x509::Role::kOcspResponder,
                    name_of("CN=OCSP Responder,OU=authority," + network.data_centre.text()), now);
  return {std::move(signer.certificate), std::move(signer.key)};
}

void require(bool condition, const std::string& what) {
  if (!condition) throw std::runtime_error("world: " + what);
}

}  // namespace

TestWorld::TestWorld(SequencerOptions options) : TestWorld(TestNetwork(ManualClock().now()), options) {}

TestWorld::TestWorld(const x509::Issuer& root, std::string_view data_centre, SequencerOptions options)
    : TestWorld(TestNetwork(ManualClock().now(), root, data_centre), options) {}

TestWorld::TestWorld(TestNetwork around, SequencerOptions options)
    : network(std::move(around)),
      confirmation_signer(issue_confirmation_signer(network, clock.now())),
      options_(options) {
  database = take(storage::open_sqlite(folder.path() / "store.db"));
  directory.emplace(
      take(Directory::open(*database, crypto::random_secret(32), folder.path() / "status-changes")));
  audit.emplace(take(AuditLog::open(*database)));
  store.emplace(take(ConfirmationStore::open(*database)));
  ocsp.emplace(issue_ocsp_responder(network, clock.now()));
  merchant = enrol_merchant("Shop");
  purchaser = enrol_purchaser("0001");
  restart();
}

x509::Signer TestWorld::enrol_merchant(std::string_view name) {
  x509::Signer signer = network.issue_merchant(name, clock.now());
  add_to_directory(signer.certificate);
  return signer;
}

x509::Signer TestWorld::enrol_purchaser(std::string_view uid) {
  x509::Signer signer = network.issue_purchaser(uid, clock.now());
  add_to_directory(signer.certificate);
  return signer;
}

void TestWorld::add_to_directory(const x509::Certificate& certificate, CertificateState state) {
  take(database->write([&](storage::Transaction& transaction) {
    return directory->add(transaction, certificate, {state, {}, {}}, clock.now());
  }));
}

void TestWorld::change_state(const x509::Signer& holder, CertificateState state,
                             x509::RevocationReason reason) {
  take(database->write([&](storage::Transaction& transaction) {
    return directory->change_state(transaction, holder.certificate.serial(), state, reason, clock.now());
  }));
}

x509::Signer TestWorld::issue_service(x509::Role role, std::string_view name,
                                      x509::AlternativeNames names) const {
  return network.issue(role,
                       name_of("CN=" + std::string(name) + ",OU=authority," + network.data_centre.text()),
                       clock.now(), std::move(names));
}

documents::Order TestWorld::new_order() const {
  documents::Order order{
      .id = crypto::random_uuid_v7(clock.now()),
      .profile = documents::OrderProfile::kDirect,
      .merchant = documents::reference_to(merchant->certificate),
      .purchaser = documents::reference_to(purchaser->certificate),
      .origin = std::string(kOrigin),
      .checkout = "checkout-1",
      .authority = network.data_centre,
      .card_company = std::nullopt,
      .lines = {{"tea-1", "Green tea 우전, 100 g", 2, 12'000}, {"ship", "Delivery", 1, 3'000}},
      .total = {27'000, "KRW"},
      .created = whole_seconds(clock.now()),
      .expires = whole_seconds(clock.now()) + std::chrono::minutes(15),
      .nonce = crypto::sha256(crypto::random_bytes(32)),
  };
  return order;
}

Bytes TestWorld::sign(const documents::Order& order) const {
  return sign(order, *purchaser);
}

Bytes TestWorld::sign(const documents::Order& order, const x509::Signer& by) const {
  return take(
      x509::sign_cms(by, take(documents::write_order(order)), {x509::ContentType::kData, clock.now()}));
}

Bytes TestWorld::countersign(const Bytes& signed_order) const {
  return countersign(signed_order, *merchant);
}

Bytes TestWorld::countersign(const Bytes& signed_order, const x509::Signer& by) const {
  return take(x509::sign_cms(by, signed_order, {x509::ContentType::kSignedData, clock.now()}));
}

Result<Decision> TestWorld::confirm(Bytes countersigned_order) {
  return confirm(std::move(countersigned_order), merchant->certificate);
}

Result<Decision> TestWorld::confirm(Bytes countersigned_order, const x509::Certificate& client) {
  return confirm(Submission{std::move(countersigned_order), std::nullopt}, client);
}

Result<Decision> TestWorld::confirm(Submission submission, const x509::Certificate& client) {
  std::promise<Result<Decision>> answered;
  service->confirm(std::move(submission), client,
                   [&](Result<Decision> decision) { answered.set_value(std::move(decision)); });
  return answered.get_future().get();
}

documents::Refusal TestWorld::refusal_of(const Decision& decision) const {
  require(decision.kind == Decision::Kind::kRefused, "not a refusal");
  const auto document = take(x509::verify_signed_document(decision.document, *network.anchor,
                                                          x509::Role::kConfirmationSigner, clock.now()));
  return take(documents::parse_refusal(document.cms.content));
}

documents::Confirmation TestWorld::confirmation_of(const Decision& decision) const {
  require(decision.kind != Decision::Kind::kRefused, "a refusal");
  const auto document = take(x509::verify_signed_document(decision.document, *network.anchor,
                                                          x509::Role::kConfirmationSigner, clock.now()));
  return take(documents::parse_confirmation(document.cms.content));
}

void TestWorld::restart() {
  take(try_start(confirmation_signer));
}

Result<void> TestWorld::try_start(x509::Signer signer) {
  service.reset();
  public_log.reset();
  if (!log_origin_.empty()) {
    TRY(log_appender, LogAppender::open(*database, log_signer(), clock));
    TRY(log, LogReader::open(*database));
    TRY(maps, MapHistory::open(*database));
    public_log.emplace(PublicLog{*log_appender, *log, *maps, {}, log_witnesses_});
  }
  TRY(auto cms_signer, x509::CmsSigner::create(std::move(signer)));
  TRY(service,
      ConfirmationService::start({std::move(cms_signer), network.data_centre, network.anchor, *database,
                                  *directory, *audit, *ocsp, clock, folder.path() / "confirmation-index",
                                  foreign_, degraded_, public_log ? &*public_log : nullptr},
                                 options_));
  return ok();
}

std::int64_t TestWorld::check() const {
  std::int64_t next = 0;
  take(database->read([&](storage::Reader& reader) -> Result<void> {
    take(audit->verify(reader));
    TRY(const SequenceState sequence, store->sequence(reader));
    TRY(const auto rows,
        reader.query("SELECT log_index, order_id, merchant FROM confirmations ORDER BY log_index", {}));
    for (const storage::Row& row : rows) {
      require(row.integer(0) == next++, "a gap before index " + std::to_string(row.integer(0)));
      const auto stored = take(store->find(reader, row.text(2), row.text(1))).value();
      const auto confirmation =
          confirmation_of({Decision::Kind::kRepeated, stored.document, ErrorCode::kInternal});
      require(confirmation.index == stored.index && confirmation.id == stored.id &&
                  confirmation.order_id == stored.order_id &&
                  confirmation.order_digest == stored.order_digest &&
                  confirmation.merchant.subject.text() == stored.merchant &&
                  confirmation.purchaser.subject.text() == stored.purchaser,
              "row and document differ at index " + std::to_string(stored.index));
    }
    require(sequence.next_index == next, "the sequence is not behind the last index");
    return ok();
  }));
  if (public_log) require(check_log() == next, "the public log has not as many entries");
  return next;
}

// No key signs under two names.
void TestWorld::keep_log(std::string_view origin) {
  if (!log_origin_.empty() && !origin.empty() && origin != log_origin_)
    log_key_ = crypto::PrivateKey::generate(crypto::KeyKind::kEd25519);
  log_origin_ = origin;
}

checkpoint::NoteSigner TestWorld::log_signer() const {
  return take(checkpoint::NoteSigner::create(log_origin_, checkpoint::KeyType::kEd25519, log_key_));
}

std::int64_t TestWorld::check_log() const {
  const LogStore log_store = take(LogStore::open(*database));
  std::int64_t size = 0;
  take(database->read([&](storage::Reader& reader) -> Result<void> {
    const LogState state = take(log_store.state(reader)).value();
    const auto verified = take(checkpoint::verify_checkpoint(state.newest.note, log_signer().verifier()));
    require(verified.checkpoint.size == state.newest.size, "another size was signed");
    const auto entries = take(log_store.entries(reader, 0, take(log_store.count(reader))));
    require(verified.checkpoint.size <= entries.size(), "more was signed than there is");
    merkle::Edge tree;
    for (const documents::LogEntryBytes& entry : entries) {
      if (tree.size() == verified.checkpoint.size)
        require(tree.root() == verified.checkpoint.root, "the entries are not those of the signed tree");
      tree.append(merkle::leaf_hash(entry));
    }
    if (log_appender->size() == entries.size())
      require(tree.root() == log_appender->head()->tree().root(), "the tree in memory is another one");
    size = static_cast<std::int64_t>(entries.size());
    std::vector<documents::LogEntry> expected(entries.size(), documents::left_out_entry());
    for (const StoredConfirmation& each : take(store->range(reader, 0, size)))
      expected[static_cast<std::size_t>(each.index)] =
          take(documents::entry_of_confirmation(each.id, each.nonce, each.document));
    for (std::size_t i = 0; i < entries.size(); ++i)
      require(entries[i] == documents::write_log_entry(expected[i]),
              "entry " + std::to_string(i) + " is not that of its index");
    return ok();
  }));
  return size;
}

}  // namespace countersign::authority
