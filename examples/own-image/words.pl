# Counts the words of its standard input and answers with the most frequent ones as JSON.
use strict;
use warnings;

my ($top) = ($ENV{PULSE_QUERY} // '') =~ /(?:^|&)top=(\d+)/;
my %count;
while (my $line = <STDIN>) { $count{lc $_}++ for $line =~ /[A-Za-z']+/g }
die "there is no word in it\n" unless %count;
my @words = sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
splice @words, $top // 3 if @words > ($top // 3);
printf STDERR "%d different words for %s\n", scalar(keys %count), $ENV{PULSE_EXECUTION_ID};
print '{' . join(', ', map { qq("$_": $count{$_}) } @words) . "}\n";
