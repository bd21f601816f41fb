#!/usr/bin/perl
# One small HTTP service, played by all three of the quickstart: it says who and where it is, and asks those it calls.
# It needs nothing but the Perl that every Debian has.
use strict;
use warnings;
use IO::Socket::INET;

my $name = $ENV{SITUS_SERVICE} // 'app';
my $site = $ENV{SITUS_SITE}    // 'nowhere';
my $port = $ENV{SITUS_PORT_HTTP} or die "SITUS_PORT_HTTP is not set\n";
my $host = $ENV{SITUS_HOST} // '127.0.0.1';

$SIG{CHLD} = 'IGNORE';
$SIG{TERM} = sub { exit 0 };
$| = 1;

my $server = IO::Socket::INET->new(LocalAddr => $host, LocalPort => $port, Listen => 16, ReuseAddr => 1)
    or die "cannot listen on $host:$port: $!\n";
print "$name on $site listens on $host:$port\n";

while (my $client = $server->accept) {
    my $pid = fork;
    if (!defined $pid) { close $client; next }
    if ($pid) { close $client; next }
    close $server;
    answer($client);
    exit 0;
}

sub answer {
    my ($client) = @_;
    my $request = <$client> // '';
    while (my $line = <$client>) { last if $line =~ /^\r?\n$/ }
    my ($path) = $request =~ m{^\S+ (\S+)};
    my $body = ($path // '') eq '/healthz' ? "ok\n" : page();
    print "$name: ", ($path // '?'), "\n" unless ($path // '') eq '/healthz';
    print $client "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ",
        length $body, "\r\nConnection: close\r\n\r\n$body";
    close $client;
}

sub page {
    my $text = ($ENV{TITLE} // ucfirst $name) . "\n$name on $site\n";
    for my $call (sort grep { /^SITUS_CALL_[A-Z0-9_]+$/ && !/_ALL$/ } keys %ENV) {
        $text .= "  $call=$ENV{$call} says: " . ask($ENV{$call});
    }
    for my $data (sort grep { /^SITUS_DATA_/ } keys %ENV) {
        $text .= "  $data=$ENV{$data}\n";
    }
    return $text;
}

sub ask {
    my ($address) = @_;
    my $peer = IO::Socket::INET->new(PeerAddr => $address, Timeout => 2) or return "no answer: $!\n";
    print $peer "GET /healthz HTTP/1.1\r\nHost: $address\r\nConnection: close\r\n\r\n";
    my $answer = do { local $/; <$peer> } // '';
    $answer =~ s/^.*?\r\n\r\n//s;
    return $answer;
}
