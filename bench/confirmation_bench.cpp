// SPDX-License-Identifier: Apache-2.0
// Measures the authority: processor time per confirmation against the bare signatures, throughput, latency,
// OCSP, issues. Prints one JSON object; scripts/bench makes table and plot of it.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <cstring>
#include <future>
#include <iostream>
#include <utility>

#include "authority/audit/audit_log.h"
#include "authority/confirmation/confirmation_store.h"
#include "authority/directory/directory.h"
#include "bench/authority_process.h"
#include "bench/load.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "documents/order.h"
#include "x509/ocsp.h"

namespace countersign::bench {
namespace {

struct Options {
  std::filesystem::path program;  // countersign-authority
  std::filesystem::path folder;   // the store's: measure on the disk that counts
  int orders = 8'000;             // per concurrency
  std::vector<int> connections{1, 2, 4, 8, 16, 32, 64};
};

Bytes countersigned_order(const Installation& installation, const x509::Signer& merchant,
                          const x509::Signer& purchaser) {
  const TimePoint now = SystemClock().now();
  const documents::Order order{
      .id = crypto::random_uuid_v7(now),
      .profile = documents::OrderProfile::kDirect,
      .merchant = documents::reference_to(merchant.certificate),
      .purchaser = documents::reference_to(purchaser.certificate),
      .origin = "https://127.0.0.1:8443",
      .checkout = "checkout-1",
      .authority = installation.keys.data_centre,
      .card_company = std::nullopt,
      .lines = {{"tea-1", "Green tea, first flush, 100 g", 2, 12'000}, {"ship", "Delivery", 1, 3'000}},
      .total = {27'000, "KRW"},
      .created = whole_seconds(now),
      .expires = whole_seconds(now) + std::chrono::hours(12),
      .nonce = crypto::sha256(crypto::random_bytes(32)),
  };
  const Bytes signed_order =
      take(x509::sign_cms(purchaser, take(documents::write_order(order)), {x509::ContentType::kData, now}));
  return take(x509::sign_cms(merchant, signed_order, {x509::ContentType::kSignedData, now}));
}

// One list of requests per connection; connection c speaks for merchant c modulo their number.
std::vector<std::vector<Bytes>> prepare_orders(const Installation& installation, const Parties& parties,
                                               int connections, int orders) {
  std::vector<std::future<std::vector<Bytes>>> workers;
  for (int c = 0; c < connections; ++c) {
    workers.push_back(
        std::async(std::launch::async, [&installation, &parties, c, count = orders / connections] {
          const x509::Signer& merchant =
              parties.merchants[static_cast<std::size_t>(c) % parties.merchants.size()];
          std::vector<Bytes> requests;
          for (int i = 0; i < count; ++i) {
            const auto purchaser = static_cast<std::size_t>(c * count + i) % parties.purchasers.size();
            requests.push_back(countersigned_order(installation, merchant, parties.purchasers[purchaser]));
          }
          return requests;
        }));
  }
  std::vector<std::vector<Bytes>> requests;
  for (auto& worker : workers) requests.push_back(worker.get());
  return requests;
}

boost::json::object json_of(const LoadResult& result) {
  return {{"connections", result.connections},
          {"perSecond", result.per_second},
          {"serverMicroseconds", result.server_time_each.count()},
          {"p50", result.p50.count()},
          {"p90", result.p90.count()},
          {"p99", result.p99.count()}};
}

Load confirmation_load(const Parties& parties, const AuthorityProcess& server, int connections, double rate) {
  Load load{.path = "/v1/confirmations",
            .content_type = "application/pkcs7-mime",
            .port = server.service_port(),
            .server = server.id(),
            .identities = {},
            .connections = connections,
            .rate = rate};
  for (const x509::Signer& merchant : parties.merchants) load.identities.push_back(&merchant);
  return load;
}

boost::json::object measure_confirmations(const Options& options, const Installation& installation,
                                          const Parties& parties, const AuthorityProcess& server) {
  // Every certificate is seen once before anything is measured.
  run_load(confirmation_load(parties, server, 4, 0),
           prepare_orders(installation, parties, 4, static_cast<int>(parties.purchasers.size()) * 2));
  const auto run_stage = [&](int connections, double rate, const std::vector<std::vector<Bytes>>& requests) {
    BareBeside bare;
    const LoadResult result = run_load(confirmation_load(parties, server, connections, rate), requests);
    boost::json::object stage = json_of(result);
    stage["bareMicroseconds"] = bare.stop().per_confirmation().count();
    return std::pair(std::move(stage), result);
  };
  boost::json::array stages;
  LoadResult best;
  for (const int connections : options.connections) {
    const auto requests = prepare_orders(installation, parties, connections,
                                         connections == 1 ? options.orders / 4 : options.orders);
    auto [stage, result] = run_stage(connections, 0, requests);
    std::cerr << connections << " connections: " << result.per_second << "/s, "
              << result.server_time_each.count() << " us each\n";
    if (result.per_second > best.per_second) best = result;
    stages.push_back(std::move(stage));
  }
  boost::json::object half_load =
      run_stage(16, best.per_second / 2, prepare_orders(installation, parties, 16, options.orders)).first;
  half_load["rate"] = best.per_second / 2;
  return {{"stages", std::move(stages)}, {"halfLoad", std::move(half_load)}};
}

boost::json::object measure_ocsp(const Options& options, const Installation& installation,
                                 const Parties& parties, const AuthorityProcess& server) {
  constexpr int kConnections = 8;
  std::vector<std::vector<Bytes>> requests(kConnections);
  for (int i = 0; i < options.orders * 2; ++i) {
    const auto& purchaser = parties.purchasers[static_cast<std::size_t>(i) % parties.purchasers.size()];
    requests[static_cast<std::size_t>(i % kConnections)].push_back(
        take(x509::make_ocsp_request(purchaser.certificate, installation.keys.ca.certificate, {})));
  }
  const Load load{.path = "/ocsp",
                  .content_type = "application/ocsp-request",
                  .port = server.status_port(),
                  .server = server.id(),
                  .identities = {},
                  .connections = kConnections,
                  .rate = 0};
  return json_of(run_load(load, requests));
}

// Certificates issued, put into the directory and the audit log, each in a durable transaction of its own.
boost::json::object measure_issues(const Options& options, const Installation& installation) {
  const auto database = take(storage::open_sqlite(options.folder / "issues.db", authority::kStoreOptions));
  const auto directory = take(authority::Directory::open(*database, crypto::random_secret(32)));
  const auto audit = take(authority::AuditLog::open(*database));
  boost::json::object result;
  for (const int threads : {1, 16}) {
    const int each = 800 / threads;
    const auto began = std::chrono::steady_clock::now();
    std::vector<std::future<void>> workers;
    for (int t = 0; t < threads; ++t) {
      workers.push_back(std::async(std::launch::async, [&, t] {
        for (int i = 0; i < each; ++i) {
          const TimePoint now = SystemClock().now();
          const x509::Signer issued = issue(installation.keys, x509::Role::kPurchaser,
                                            std::to_string(threads * 100'000 + t * 1'000 + i));
          take(database->write([&](storage::Transaction& transaction) -> Result<void> {
            TRY(directory.add(transaction, issued.certificate, {authority::CertificateState::kActive, {}, {}},
                              now));
            const authority::AuditEntry entry{"authority", "issue", issued.certificate.serial().hex(),
                                              "purchaser"};
            return audit.append(transaction, {&entry, 1}, now);
          }));
        }
      }));
    }
    for (auto& worker : workers) worker.get();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    result[threads == 1 ? "perSecondAlone" : "perSecondSixteenAtOnce"] = threads * each / took.count();
  }
  return result;
}

int run(const Options& options) {
  const Installation installation(options.program, options.folder);
  const Parties parties(installation, 8, 64);
  const BareSignatures before = measure_bare_signatures();
  boost::json::object report;
  {
    const AuthorityProcess server(installation);
    report["confirmations"] = measure_confirmations(options, installation, parties, server);
    report["ocsp"] = measure_ocsp(options, installation, parties, server);
  }
  const BareSignatures after = measure_bare_signatures();
  report["issues"] = measure_issues(options, installation);
  const BareSignatures bare = mean(before, after);
  report["bare"] = {{"verification", bare.verification.count()},
                    {"signature", bare.signature.count()},
                    {"perConfirmation", bare.per_confirmation().count()}};
  std::cout << boost::json::serialize(report) << "\n";
  return 0;
}

}  // namespace
}  // namespace countersign::bench

int main(int argc, char** argv) {
  countersign::bench::Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--authority") == 0) options.program = std::filesystem::absolute(argv[i + 1]);
    if (std::strcmp(argv[i], "--folder") == 0) options.folder = std::filesystem::absolute(argv[i + 1]);
    if (std::strcmp(argv[i], "--orders") == 0) options.orders = std::stoi(argv[i + 1]);
    if (std::strcmp(argv[i], "--connections") == 0) options.connections = {std::stoi(argv[i + 1])};
  }
  if (options.folder.empty() || options.program.empty()) {
    std::cerr << "usage: confirmation_bench --authority PROGRAM --folder EMPTY-FOLDER [--orders COUNT] "
                 "[--connections COUNT]\n";
    return 2;
  }
  try {
    return countersign::bench::run(options);
  } catch (const std::exception& failure) {
    std::cerr << "bench: " << failure.what() << "\n";
    return 1;
  }
}
