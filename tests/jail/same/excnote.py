e = ValueError('a')
e.add_note('note')
raise e