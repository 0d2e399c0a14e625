// SPDX-License-Identifier: Apache-2.0
// What a large directory costs: two data centres, one with few certificates and one with many, take turns.
// Prints one JSON object with the times of each turn.
#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>

#include "authority/confirmation/confirmation_store.h"
#include "authority/directory/directory.h"
#include "bench/filling.h"
#include "bench/load.h"
#include "bench/orders.h"
#include "crypto/random.h"
#include "sample/take.h"
#include "x509/ocsp.h"

namespace countersign::bench {
namespace {

struct Options {
  std::filesystem::path program;  // countersign-authority
  std::filesystem::path folder;   // the stores': on the disk that counts
  std::int64_t few = 10'000;
  std::int64_t many = 1'000'000;
  int holders = 10'000;  // of each directory, evenly spread, who buy and are looked up
  int rounds = 5;
};

// The holders of one turn: each turn has others, so that nothing is looked up twice.
std::vector<x509::Signer> turn_of(const std::vector<x509::Signer>& holders, int round, int rounds) {
  std::vector<x509::Signer> part;
  for (std::size_t i = static_cast<std::size_t>(round); i < holders.size();
       i += static_cast<std::size_t>(rounds)) {
    part.push_back(holders[i]);
  }
  return part;
}

class DataCentre {
 public:
  DataCentre(const Options& options, const std::string& name, std::int64_t certificates)
      : options_(options),
        installation_(options.program, options.folder / name),
        shops_(installation_, 8, 0),
        holders_(fill_directory(installation_, {certificates, options.holders, "filled"})) {
    report_["certificates"] = certificates;
    for (const char* measure :
         {"startUp", "startUpWork", "confirmation", "statusQuestion", "bySerial", "byName"}) {
      report_[measure] = boost::json::array();
    }
    // Ends what the filling has left to be written.
    server_.emplace(installation_);
    report_["storeOctets"] = std::filesystem::file_size(installation_.store());
  }

  // The start of the authority: milliseconds until it serves, by the clock and of processor time.
  void start() {
    server_.reset();
    server_.emplace(installation_);
    note("startUp", server_->start_up() * 1e3);
    note("startUpWork", server_->start_up_work() * 1e3);
  }

  // Microseconds of the authority's processor time for each order and for each question about a status.
  void serve(int round) {
    const std::vector<x509::Signer> purchasers = turn_of(holders_, round, options_.rounds);
    const int count = static_cast<int>(purchasers.size());
    Load orders{.path = "/v1/confirmations",
                .content_type = "application/pkcs7-mime",
                .port = server_->service_port(),
                .server = server_->id(),
                .identities = {},
                .connections = kConnections};
    for (const x509::Signer& merchant : shops_.merchants) orders.identities.push_back(&merchant);
    note("confirmation",
         run_load(orders, prepare_orders(shops_of(installation_, shops_), purchasers, kConnections, count))
             .server_time_each);
    std::vector<std::vector<Bytes>> questions(kConnections);
    for (std::size_t i = 0; i < purchasers.size(); ++i) {
      questions[i % kConnections].push_back(
          take(x509::make_ocsp_request(purchasers[i].certificate, installation_.keys.ca.certificate, {})));
    }
    const Load ocsp{.path = "/ocsp",
                    .content_type = "application/ocsp-request",
                    .port = server_->status_port(),
                    .server = server_->id(),
                    .identities = {},
                    .connections = kConnections};
    note("statusQuestion", run_load(ocsp, questions).server_time_each);
  }

  // Microseconds of processor time for the directory alone, asked in this process.
  void look_up(int round) {
    const std::vector<x509::Signer> sought = turn_of(holders_, round, options_.rounds);
    const auto database = take(storage::open_sqlite(installation_.store(), authority::kStoreOptions));
    const auto directory = take(authority::Directory::open(*database, crypto::random_secret(32)));
    const auto measure = [&](const char* name, auto find) {
      const Microseconds began = thread_processor_time();
      for (const x509::Signer& holder : sought) {
        take(database->read([&](storage::Reader& reader) { return find(reader, holder.certificate); }));
      }
      note(name, (thread_processor_time() - began) / static_cast<double>(sought.size()));
    };
    measure("bySerial", [&](storage::Reader& reader, const x509::Certificate& certificate) -> Result<void> {
      TRY(const auto entry, directory.find_by_serial(reader, certificate.serial()));
      if (!entry) return fail(ErrorCode::kNotFound, "serial");
      return ok();
    });
    measure("byName", [&](storage::Reader& reader, const x509::Certificate& certificate) -> Result<void> {
      TRY(const auto entries, directory.find_by_subject(reader, certificate.subject()));
      if (entries.size() != 1) return fail(ErrorCode::kNotFound, "name");
      return ok();
    });
  }

  const boost::json::object& report() const { return report_; }

 private:
  static constexpr int kConnections = 8;

  template <typename Duration>
  void note(const char* measure, Duration value) {
    report_[measure].as_array().emplace_back(value.count());
  }

  const Options& options_;
  Installation installation_;
  Parties shops_;
  std::vector<x509::Signer> holders_;
  std::optional<AuthorityProcess> server_;
  boost::json::object report_;
};

void run(const Options& options) {
  DataCentre few(options, "few", options.few);
  DataCentre many(options, "many", options.many);
  for (int round = 0; round < options.rounds; ++round) {
    for (DataCentre* each : {&few, &many}) {
      each->start();
      each->serve(round);
      each->look_up(round);
    }
  }
  std::cout << boost::json::serialize(boost::json::object{{"few", few.report()}, {"many", many.report()}})
            << "\n";
}

}  // namespace
}  // namespace countersign::bench

int main(int argc, char** argv) {
  CLI::App app("What a large directory costs, against a small one");
  countersign::bench::Options options;
  app.add_option("--authority", options.program, "countersign-authority")->required();
  app.add_option("--folder", options.folder, "An empty folder for the stores")->required();
  app.add_option("--few", options.few, "Certificates in the small directory");
  app.add_option("--many", options.many, "Certificates in the large directory");
  app.add_option("--holders", options.holders, "How many of each buy and are looked up");
  app.add_option("--rounds", options.rounds)->check(CLI::Range(1, 100));
  CLI11_PARSE(app, argc, argv);
  try {
    options.program = std::filesystem::absolute(options.program);
    options.folder = std::filesystem::absolute(options.folder);
    countersign::bench::run(options);
  } catch (const std::exception& failure) {
    std::cerr << "directory_bench: " << failure.what() << "\n";
    return 1;
  }
  return 0;
}
